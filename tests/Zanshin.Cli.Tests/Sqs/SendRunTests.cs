using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Tests.Sqs;

using Outgoing = Zanshin.Cli.Sqs.Outgoing;

public class SendRunTests
{
    [Fact]
    public void Lines_that_were_not_sent_are_named_and_handed_on() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        string[] lines = [.. Enumerable.Range(1, 130).Select(static i => $"{{\"body\":\"m{i}\"}}")];
        using var fault = bench.Faults.On("SendMessageBatch").FailEntries(static e => e.Body is "m5" or "m117", "InvalidMessageContents");

        (SendRun run, List<string> unsent) = await SendAsync(queue, string.Join('\n', lines));

        Assert.Equal((128, 2), (run.Sent, run.Failed));
        Assert.Equal([lines[4], lines[116]], unsent);
        Assert.Contains(run.Problems, static p => p.StartsWith("line 5 of the file was not sent: InvalidMessageContents", StringComparison.Ordinal));
        Assert.Contains(run.Problems, static p => p.StartsWith("line 117 ", StringComparison.Ordinal));
    });

    [Fact]
    public void When_nothing_more_can_be_sent_all_the_rest_is_handed_on() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        string[] lines = [.. Enumerable.Range(1, 500).Select(static i => $"{{\"body\":\"m{i}\"}}")];
        using var fault = bench.Faults.On("SendMessageBatch").After(15).Fail("AccessDeniedException");

        (SendRun run, List<string> unsent) = await SendAsync(queue, string.Join('\n', lines));

        Assert.Equal(500, run.Sent + unsent.Count);
        string[] sent = await bench.BodiesAsync(queue);
        Assert.Equal(run.Sent, sent.Length);
        Assert.Equal(lines.Order(), sent.Select(static b => $"{{\"body\":\"{b}\"}}").Concat(unsent).Order());
        Assert.InRange(run.Problems.Count, 1, 2);
    });

    [Fact]
    public void What_a_FIFO_queue_confirms_and_drops_is_not_sent() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("mail.fifo");
        await bench.SendAsync(queue, ["x"], "g");
        string line;
        using (var bytes = new MemoryStream())
        {
            DumpLine.Write(bytes, Assert.Single(await bench.TakeAsync(queue)));
            line = System.Text.Encoding.UTF8.GetString(bytes.ToArray());
        }

        (SendRun soon, List<string> unsent) = await SendAsync(queue, line);

        Assert.Equal((0, 1), (soon.Sent, soon.Failed));
        Assert.Single(unsent);
        Assert.Contains(soon.Problems, static p => p.Contains("--new-ids", StringComparison.Ordinal));
        (SendRun fresh, _) = await SendAsync(queue, line, new SendDefaults { NewIds = true });
        Assert.Equal(1, fresh.Sent);
        Assert.Equal(["x"], await bench.BodiesAsync(queue));
        await Task.Delay(TimeSpan.FromMinutes(5.5), bench.Time);
        (SendRun later, _) = await SendAsync(queue, line);
        Assert.Equal(1, later.Sent);
        Assert.Equal("g-x", Assert.Single(await bench.TakeAsync(queue)).Attributes["MessageDeduplicationId"]);
    });

    [Fact]
    public void What_a_FIFO_queue_drops_for_a_message_of_the_same_run_is_not_sent() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("mail.fifo");
        const string One = """{"body":"a","group":"g","deduplicationId":"d"}""", Again = """{"body":"b","group":"g","deduplicationId":"d"}""";

        (SendRun run, List<string> unsent) = await SendAsync(queue, $"{One}\n{Again}");

        Assert.Equal((1, 1), (run.Sent, run.Failed));
        Assert.Equal([Again], unsent);
        Assert.Equal(["a"], await bench.BodiesAsync(queue));
    });

    [Fact]
    public void A_message_that_is_too_long_fails_alone() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders", ("MaximumMessageSize", "1024"));
        string text = $"{{\"body\":\"a\"}}\n{{\"body\":\"{new string('x', 2000)}\"}}\n{{\"body\":\"{new string('y', Outgoing.MaxBytes + 1)}\"}}\n{{\"body\":\"b\"}}";

        (SendRun run, List<string> unsent) = await SendAsync(queue, text);

        Assert.Equal((2, 2), (run.Sent, unsent.Count));
        Assert.Equal(["a", "b"], (await bench.BodiesAsync(queue)).Order());
    });

    [Fact]
    public void A_torn_last_line_is_left_out_of_a_dump_and_refused_elsewhere() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        (SendRun dump, _) = await SendAsync(queue, "{\"body\":\"a\"}\n{\"bo", torn: true);
        Assert.Equal(1, dump.Sent);
        Assert.Empty(dump.Problems);
        (SendRun other, _) = await SendAsync(queue, "{\"body\":\"a\"}\n{\"bo");
        Assert.Contains(other.Problems, static p => p == "line 2 of the file is not JSON.");
        (SendRun middle, _) = await SendAsync(queue, "{\"bo\n{\"body\":\"a\"}", torn: true);
        Assert.Contains(middle.Problems, static p => p == "line 1 of the file is not JSON.");
    });

    [Fact]
    public void A_stop_hands_on_what_was_not_sent() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        (SendRun run, List<string> unsent) = await SendAsync(queue, "{\"body\":\"a\"}\n{\"body\":\"b\"}\n", stop: new CancellationToken(canceled: true));
        Assert.Equal((0, 2), (run.Sent, unsent.Count));
        Assert.Equal((0, 0), await bench.DepthAsync(queue));
    });

    private static async Task<(SendRun Run, List<string> Unsent)> SendAsync(OpenQueue queue, string text, SendDefaults? defaults = null, bool torn = false, CancellationToken stop = default)
    {
        List<string> unsent = [];
        var run = new SendRun(queue, new MessageSource(() => new StringReader(text), "the file", json: true, torn), defaults ?? new(), unsent.Add, stop);
        await run.RunAsync();
        return (run, unsent);
    }
}
