using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class DeleteMessageBatch : QueueRequest
{
    internal List<Entry> Entries { get; set; } = [];

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (BatchEntries.Check(Entries, "DeleteMessageBatchRequestEntry", e => e.Id) is { } error) return new ErrorResponse(error);
        var results = queue.Delete([.. Entries.Select(e => e.ReceiptHandle ?? "")]);
        var successful = new List<string>(results.Length);
        var failed = new List<BatchError>();
        for (var i = 0; i < results.Length; i++)
        {
            if (results[i] is { } failure) failed.Add(new(Entries[i].Id!, failure));
            else successful.Add(Entries[i].Id!);
        }

        return new BatchResponse(successful, failed);
    }

    internal readonly record struct Entry(string? Id, string? ReceiptHandle);
}
