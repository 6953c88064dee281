using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class SendMessage : QueueRequest
{
    internal MessageInput Message { get; set; } = new();

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        var (message, error) = MessageChecks.Check(Message, queue, TraceHeader);
        if (message is null) return new ErrorResponse(error!);
        return queue.Send([message]) is [var sent]
            ? new Response(new(null, sent, message, queue.Fifo))
            : new ErrorResponse(SqsError.NoSuchQueue());
    }

    internal sealed class Response(SendReceipt receipt) : SqsResponse
    {
        internal SendReceipt Receipt => receipt;
    }
}
