using System.Text.Json.Nodes;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sending;

public class BulkTests
{
    [Fact]
    public void Every_message_has_its_result_in_the_order_given() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        // The fourth call refuses one entry for good.
        bench.Faults.Edit = FailsEntry(call: 3, "2", senderFault: true);
        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(Enumerable.Range(0, 47).Select(static i => $"{i}"));
        Assert.Equal(Enumerable.Range(0, 47).Select(static i => $"{i}"), results.Select(static r => r.Body));
        SendResult<string> failed = Assert.Single(results, static r => !r.Sent);
        Assert.Equal("InvalidParameter: no", failed.Failure);
        Assert.False(failed.Withheld);
        Assert.Equal(46, results.Select(static r => r.MessageId).Where(static id => id is not null).Distinct().Count());
        Assert.All(results, static r => Assert.Null(r.SequenceNumber));
        // A refused entry is not tried again.
        Assert.Equal(5, bench.Faults.Count("SendMessageBatch"));
        Assert.Equal((47, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void Only_the_failed_entries_of_a_batch_are_sent_again() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        List<string[]> calls = [];
        bench.Faults.Watch = (action, call) => calls.AddRange(action == "SendMessageBatch" ? [[.. call["Entries"]!.AsArray().Select(static e => e!["MessageBody"]!.GetValue<string>())]] : []);
        bench.Faults.Edit = FailsEntry(call: 0, "1", senderFault: false) + FailsEntry(call: 0, "2", senderFault: true);
        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(["a", "b", "c", "d"]);
        Assert.Equal([["a", "b", "c", "d"], ["b"]], calls);
        Assert.Equal([true, true, false, true], results.Select(static r => r.Sent));
    });

    [Fact]
    public void Batches_for_a_standard_queue_go_out_four_at_a_time() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        await bench.Sender.TrySendAllAsync(["first"]);
        double began = bench.Now();
        await bench.Sender.SendAllAsync(Enumerable.Range(0, 120).Select(static i => $"{i}"));
        Assert.Equal(3, bench.Now() - began, 0.1);
        Assert.Equal(13, bench.Faults.Count("SendMessageBatch"));
    });

    [Fact]
    public void Where_nothing_is_confirmed_in_all_tries_of_a_message_the_rest_is_not_tried() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        bench.Faults.Rule = static (action, _) => action == "SendMessageBatch" ? Fate.ServerError : Fate.Works;
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(50);
        double began = bench.Now();
        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(Enumerable.Range(0, 10_000).Select(static i => $"{i}"));
        Assert.All(results, static r => Assert.StartsWith("InternalFailure", r.Failure, StringComparison.Ordinal));
        Assert.InRange(bench.Faults.Count("SendMessageBatch"), 20, 24);
        Assert.InRange(bench.Now() - began, 1, 10);
    });

    [Fact]
    public void A_call_that_is_refused_for_one_of_its_messages_is_repeated_one_by_one() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        using var faults = new SqsFaults(bench.Sqs);
        faults.On("SendMessageBatch").When(static call => call.Number is 1 or 3).Fail("InvalidMessageContents");
        using AmazonSQSClient client = LocalSqsClient.Create(faults);
        bench.Setup(static z => z.Route("orders", null, Body.Text), s => s.AddSingleton<IAmazonSQS>(client));
        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(["a", "b", "c"]);
        // All three; then each by itself, of which the second is refused.
        Assert.Equal([true, false, true], results.Select(static r => r.Sent));
        Assert.StartsWith("InvalidMessageContents", results[1].Failure, StringComparison.Ordinal);
        Assert.Equal(4, faults.CallsOf("SendMessageBatch"));
    });

    [Fact]
    public void Attributes_count_towards_the_mebibyte_of_a_batch() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        // Two bodies fit exactly; an attribute of one byte does not.
        string half = new('x', SqsLimits.PayloadBytes / 2);
        await bench.Sender.SendAllAsync([half, half]);
        Assert.Equal(1, bench.Faults.Count("SendMessageBatch"));
        await bench.Sender.SendAllAsync([half, half[..^10]], static _ => new() { Attributes = new Dictionary<string, string> { ["a"] = "b" } });
        Assert.Equal(3, bench.Faults.Count("SendMessageBatch"));
        Assert.Equal((4, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_bulk_that_is_cancelled_says_what_was_sent() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        using var cancel = new CancellationTokenSource();
        bench.Faults.Rule = (action, n) =>
        {
            if (action == "SendMessageBatch" && n == 5)
                cancel.Cancel();
            return Fate.Works;
        };
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(10);
        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(Enumerable.Range(0, 200).Select(static i => $"{i}"), cancel: cancel.Token);
        int sent = results.Count(static r => r.Sent);
        Assert.InRange(sent, 10, 40);
        Assert.InRange((await bench.DepthAsync(url)).Visible, sent, 60); // those under way may be there too
        Assert.All(results.Where(static r => !r.Sent), static r => Assert.StartsWith("the call was cancelled", r.Failure, StringComparison.Ordinal));
        await Assert.ThrowsAsync<OperationCanceledException>(() => bench.Sender.SendAllAsync(["x"], cancel: cancel.Token));
        await bench.Pass(1); // what was under way runs off
    });

    [Fact]
    public void A_queue_that_does_not_answer_costs_a_result_not_an_exception() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        bench.Faults.Rule = static (action, _) => action == "SendMessageBatch" ? Fate.Hangs : Fate.Works;
        SendResult<string> result = Assert.Single(await bench.Sender.TrySendAllAsync(["x"]));
        Assert.Equal("no answer in time", result.Failure);
        bench.Faults.Rule = static (action, _) => action == "SendMessageBatch" ? Fate.Nulls : Fate.Works;
        Assert.Equal("the answer does not name the entry", Assert.Single(await bench.Sender.TrySendAllAsync(["x"])).Failure);
        Assert.Empty(await bench.Sender.TrySendAllAsync(Array.Empty<string>()));
    });

    // The queue has it, but its answer says that it has not.
    private static Action<string, JsonObject> FailsEntry(int call, string id, bool senderFault)
    {
        int calls = 0;
        return (action, answer) =>
        {
            if (action != "SendMessageBatch" || calls++ != call)
                return;
            JsonArray successful = answer["Successful"]!.AsArray();
            successful.Remove(successful.First(s => s!["Id"]!.GetValue<string>() == id));
            var failed = answer["Failed"] as JsonArray;
            if (failed is null)
                answer["Failed"] = failed = [];
            failed.Add(new JsonObject { ["Id"] = id, ["Code"] = senderFault ? "InvalidParameter" : "InternalError", ["Message"] = "no", ["SenderFault"] = senderFault });
        };
    }
}
