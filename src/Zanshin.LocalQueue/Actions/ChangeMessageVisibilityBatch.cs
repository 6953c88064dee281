using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class ChangeMessageVisibilityBatch : QueueRequest
{
    internal List<Entry> Entries { get; set; } = [];

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (BatchEntries.Check(Entries, "ChangeMessageVisibilityBatchRequestEntry", e => e.Id) is { } error) return new ErrorResponse(error);
        var failed = new List<BatchError>();
        var valid = new List<Entry>(Entries.Count);
        foreach (var entry in Entries)
        {
            if (ChangeMessageVisibility.Check(entry.ReceiptHandle, entry.VisibilityTimeout) is { } invalid) failed.Add(new(entry.Id!, invalid));
            else valid.Add(entry);
        }

        var results = queue.ChangeVisibility([.. valid.Select(e => (e.ReceiptHandle!, e.VisibilityTimeout!.Value))]);
        var successful = new List<string>(results.Length);
        for (var i = 0; i < results.Length; i++)
        {
            if (results[i] is { } failure) failed.Add(new(valid[i].Id!, failure));
            else successful.Add(valid[i].Id!);
        }

        return new BatchResponse(successful, failed);
    }

    internal readonly record struct Entry(string? Id, string? ReceiptHandle, int? VisibilityTimeout);
}
