using System.Text.Json.Nodes;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sending;

/// <summary>A bulk to a FIFO queue keeps the order of each group, whatever fails; its results say what is there.</summary>
public class BulkOrderTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 25)]
    [InlineData(4, 1)]
    [InlineData(5, 7)]
    public void Order_is_kept_through_failing_entries_lost_answers_and_throttles(int seed, int groups) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("ContentBasedDeduplication", "true"));
        bench.Setup(static z => z.Route("a.fifo", null, Body.Text));
        var dice = new Random(seed);
        List<string[]> calls = [];
        bench.Faults.Watch = (action, call) => calls.AddRange(action == "SendMessageBatch" ? [[.. call["Entries"]!.AsArray().Select(static e => e!["MessageGroupId"]!.GetValue<string>())]] : []);
        bench.Faults.Rule = (action, _) => action != "SendMessageBatch" ? Fate.Works : dice.Next(20) switch
        {
            0 => Fate.LostBefore,
            1 => Fate.LostAfter,
            2 => Fate.Throttled,
            3 => Fate.EachFails,
            4 => Fate.Missing,
            5 => Fate.ServerError,
            _ => Fate.Works,
        };
        bench.Faults.Edit = (action, answer) => FailSome(action, answer, dice);
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(20);
        string[] bodies = [.. Enumerable.Range(0, 150).Select(static i => $"{i:D3}")];

        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(bodies, body => new() { Group = GroupOf(body) });

        Assert.All(calls, static c => Assert.Distinct(c));
        List<(string Group, string Body)> there = await AllAsync(bench, url);
        foreach (IGrouping<string, string> group in bodies.GroupBy(GroupOf))
        {
            string[] got = [.. there.Where(m => m.Group == group.Key).Select(static m => m.Body)];
            Assert.Equal(group.Take(got.Length), got); // without a gap, in order, each once
            string[] sent = [.. results.Where(r => GroupOf(r.Body) == group.Key && r.Sent).Select(static r => r.Body)];
            Assert.Equal(group.Take(sent.Length), sent);
            Assert.InRange(got.Length - sent.Length, 0, 1); // of the first that failed only the answer may have been lost
            Assert.All(results.Where(r => GroupOf(r.Body) == group.Key && !r.Sent).Skip(1), static r => Assert.Equal("one before it of its group could not be sent", r.Failure));
        }

        string GroupOf(string body) => $"g{int.Parse(body) % groups}";
    });

    [Fact]
    public void What_stands_behind_a_message_that_is_refused_is_not_sent_and_other_groups_go_on() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("ContentBasedDeduplication", "true"));
        bench.Setup(static z => z.Route("a.fifo", null, Body.Text));
        int calls = 0;
        // Refuses the first call's entry of group a, which the queue does not get either.
        bench.Faults.Edit = (action, answer) =>
        {
            if (action == "SendMessageBatch" && calls++ == 0)
                Fail(answer, "0", "InvalidParameterValue", senderFault: true);
        };
        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(["a1", "b1", "a2", "b2", "a3"], static body => new() { Group = body[..1] });
        Assert.Equal(["InvalidParameterValue: no", null, "one before it of its group could not be sent", null, "one before it of its group could not be sent"], results.Select(static r => r.Failure));
        Assert.DoesNotContain(await AllAsync(bench, url), static m => m.Body is "a2" or "a3");
        Assert.Equal(2, bench.Faults.Count("SendMessageBatch"));
    });

    [Fact]
    public void Groups_go_side_by_side_and_one_by_itself_a_message_a_call() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("a.fifo", ("ContentBasedDeduplication", "true"));
        bench.Setup(static z => z.Route("a.fifo", null, Body.Text));
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        await bench.Sender.TrySendAllAsync(["first"], static _ => new() { Group = "g" });
        Assert.Equal((20, 20), await SendAsync(20, static _ => "g"));
        Assert.Equal((20, 5), await SendAsync(200, static body => body)); // four calls of ten at a time
        Assert.Equal((20, 20), await SendAsync(200, static body => body[^1..]));

        async Task<(int Calls, int Seconds)> SendAsync(int count, Func<string, string> group)
        {
            (int before, double began) = (bench.Faults.Count("SendMessageBatch"), bench.Now());
            IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(Enumerable.Range(0, count).Select(i => $"{began}-{i}"), body => new() { Group = group(body) });
            Assert.All(results, static r => Assert.NotNull(r.SequenceNumber));
            foreach (IGrouping<string, SendResult<string>> one in results.GroupBy(r => group(r.Body)))
                Assert.Equal(one.Select(static r => r.SequenceNumber).Order(StringComparer.Ordinal), one.Select(static r => r.SequenceNumber));
            return (bench.Faults.Count("SendMessageBatch") - before, (int)Math.Round(bench.Now() - began));
        }
    });

    [Fact]
    public void A_repeated_message_keeps_its_deduplication_id() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        bench.Setup(static z => z.Route("a.fifo", null, Body.Text));
        List<string> ids = [];
        bench.Faults.Watch = (action, call) => ids.AddRange(action == "SendMessageBatch" ? call["Entries"]!.AsArray().Select(static e => e!["MessageDeduplicationId"]!.GetValue<string>()) : []);
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n < 2 ? Fate.LostAfter : Fate.Works;
        await bench.Sender.SendAsync("x", new() { Group = "g", DeduplicationId = "x-1" });
        Assert.Equal(["x-1", "x-1", "x-1"], ids);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
    });

    private static void FailSome(string action, JsonObject answer, Random dice)
    {
        if (action != "SendMessageBatch")
            return;
        foreach (string id in answer["Successful"]!.AsArray().Select(static s => s!["Id"]!.GetValue<string>()).ToArray())
        {
            if (dice.Next(12) == 0)
                Fail(answer, id, "InternalError", senderFault: false);
        }
    }

    // The queue has it, but its answer says that it has not.
    private static void Fail(JsonObject answer, string id, string code, bool senderFault)
    {
        JsonArray successful = answer["Successful"]!.AsArray();
        successful.Remove(successful.First(s => s!["Id"]!.GetValue<string>() == id));
        if (answer["Failed"] is not JsonArray failed)
            answer["Failed"] = failed = [];
        failed.Add(new JsonObject { ["Id"] = id, ["Code"] = code, ["Message"] = "no", ["SenderFault"] = senderFault });
    }

    // In the queue's order, group by group.
    private static async Task<List<(string Group, string Body)>> AllAsync(Bench bench, string url)
    {
        List<(string, string)> all = [];
        while ((await bench.Direct.ReceiveMessageAsync(new Amazon.SQS.Model.ReceiveMessageRequest { QueueUrl = url, MaxNumberOfMessages = 10, MessageSystemAttributeNames = ["All"] })).Messages is { Count: > 0 } page)
        {
            foreach (Amazon.SQS.Model.Message message in page)
            {
                all.Add((message.Attributes["MessageGroupId"], message.Body));
                await bench.Direct.DeleteMessageAsync(url, message.ReceiptHandle);
            }
        }
        return all;
    }
}
