using Amazon.SQS.Model;
using Zanshin.Testing.Tests.Faults;

namespace Zanshin.Testing.Tests;

/// <summary>Batches of which single entries fail.</summary>
public class SqsFaultEntriesTests
{
    [Fact]
    public void Single_entries_of_a_send_fail_and_are_not_sent() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        bench.Faults.On("SendMessageBatch").FailEntries(static e => e.Body is "b" or "é");

        SendMessageBatchResponse answer = await FaultBench.SendAsync(bench.Client, url, "a", "b", "c", "é");

        Assert.Equal(["id0", "id2"], answer.Successful.Select(static s => s.Id));
        Assert.Equal([("id1", "InternalError", false), ("id3", "InternalError", false)], answer.Failed.Select(static f => (f.Id, f.Code, f.SenderFault!.Value)));
        Assert.Equal(["a", "c"], (await bench.ReceiveAsync(url)).Select(static m => m.Body).Order());
    });

    [Fact]
    public void Single_entries_of_a_delete_fail_and_are_not_deleted() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        await bench.SendAsync(url, "a", "b");
        List<Amazon.SQS.Model.Message> received = await bench.ReceiveAsync(url);
        string kept = received.Single(static m => m.Body == "b").ReceiptHandle;
        bench.Faults.On("DeleteMessageBatch").FailEntries(e => e.ReceiptHandle == kept, "ReceiptHandleIsInvalid");

        DeleteMessageBatchResponse answer = await bench.Client.DeleteMessageBatchAsync(url, [.. received.Select(static m => new DeleteMessageBatchRequestEntry(m.Body, m.ReceiptHandle))]);

        Assert.Equal("a", answer.Successful.Single().Id);
        Assert.Equal(("b", "ReceiptHandleIsInvalid", true), answer.Failed.Select(static f => (f.Id, f.Code, f.SenderFault!.Value)).Single());
        Assert.Equal((0, 1), await bench.DepthAsync(url));
    });

    [Fact]
    public void Single_entries_of_a_visibility_change_fail_and_are_not_changed() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        await bench.SendAsync(url, "a", "b");
        List<Amazon.SQS.Model.Message> received = await bench.ReceiveAsync(url);
        bench.Faults.On("ChangeMessageVisibilityBatch").FailEntries(static e => e.Index == 1, "RequestThrottled");

        ChangeMessageVisibilityBatchResponse answer = await bench.Client.ChangeMessageVisibilityBatchAsync(
            url, [.. received.Select(static m => new ChangeMessageVisibilityBatchRequestEntry(m.Body, m.ReceiptHandle) { VisibilityTimeout = 0 })]);

        Assert.Equal((received[0].Body, received[1].Body, "RequestThrottled"), (answer.Successful.Single().Id, answer.Failed.Single().Id, answer.Failed.Single().Code));
        Assert.Equal((1, 1), await bench.DepthAsync(url));
    });

    [Fact]
    public void Every_entry_may_fail() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        bench.Faults.OnAny().FailEntries(static _ => true);

        SendMessageBatchResponse answer = await FaultBench.SendAsync(bench.Client, url, "a", "b");

        Assert.Equal((0, 2), (answer.Successful?.Count ?? 0, answer.Failed.Count));
        Assert.Equal((0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_batch_without_such_an_entry_is_not_struck() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        SqsFault fault = bench.Faults.On("SendMessageBatch").Times(1).FailEntries(static e => e.Body == "b");

        Assert.Null((await FaultBench.SendAsync(bench.Client, url, "a")).Failed);
        Assert.Equal(0, fault.Strikes);
        Assert.Single((await FaultBench.SendAsync(bench.Client, url, "a", "b")).Failed);
        Assert.Null((await FaultBench.SendAsync(bench.Client, url, "b")).Failed);
        Assert.Equal(1, fault.Strikes);
    });

    [Fact]
    public void A_batch_that_sqs_refuses_as_a_whole_is_refused() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        SqsFault fault = bench.Faults.On("SendMessageBatch").FailEntries(static _ => true);

        await Assert.ThrowsAsync<BatchEntryIdsNotDistinctException>(() => bench.Client.SendMessageBatchAsync(url, [new("twin", "a"), new("twin", "b")]));
        Assert.Equal(0, fault.Strikes);
    });

    [Fact]
    public void Each_entry_is_asked_about_once() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        List<(int Index, string Id)> asked = [];
        bench.Faults.On("SendMessageBatch").FailEntries(e =>
        {
            asked.Add((e.Index, e.Id));
            return asked.Count % 2 == 0;
        });

        Assert.Equal(["id1", "id3"], (await FaultBench.SendAsync(bench.Client, url, "a", "b", "c", "d")).Failed.Select(static f => f.Id));
        Assert.Equal([(0, "id0"), (1, "id1"), (2, "id2"), (3, "id3")], asked);
    });
}
