using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class SendMessageBatch : QueueRequest
{
    internal List<MessageInput> Entries { get; set; } = [];

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (BatchEntries.Check(Entries, "SendMessageBatchRequestEntry", e => e.Id) is { } error) return new ErrorResponse(error);
        long size = 0;
        foreach (var entry in Entries) size += MessageChecks.Size(entry);
        if (size > SqsLimits.MessageBytes) return new ErrorResponse(SqsError.BatchTooLong(size));
        if (Entries.Select(entry => MessageChecks.MissingId(entry, queue)).FirstOrDefault(static missing => missing is not null) is { } missing) return new ErrorResponse(missing);

        var failed = new List<BatchError>();
        var ids = new List<string>(Entries.Count);
        var messages = new List<OutgoingMessage>(Entries.Count);
        foreach (var entry in Entries)
        {
            var (message, invalid) = MessageChecks.Check(entry, queue, TraceHeader);
            if (message is null)
            {
                failed.Add(new(entry.Id!, invalid!));
                continue;
            }

            ids.Add(entry.Id!);
            messages.Add(message);
        }

        if (queue.Send([.. messages]) is not { } sent) return new ErrorResponse(SqsError.NoSuchQueue());
        var successful = new SendReceipt[sent.Length];
        for (var i = 0; i < sent.Length; i++) successful[i] = new(ids[i], sent[i], messages[i], queue.Fifo);
        return new Response(successful, failed);
    }

    internal sealed class Response(SendReceipt[] successful, List<BatchError> failed) : SqsResponse
    {
        internal SendReceipt[] Successful => successful;

        internal List<BatchError> Failed => failed;
    }
}
