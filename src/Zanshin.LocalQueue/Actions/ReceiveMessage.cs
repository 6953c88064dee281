using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class ReceiveMessage : QueueRequest
{
    private static readonly AttributeFilter NoAttributes = new([]);

    internal int? MaxNumberOfMessages { get; set; }

    internal int? VisibilityTimeout { get; set; }

    internal int? WaitTimeSeconds { get; set; }

    internal string? ReceiveRequestAttemptId { get; set; }

    /// <summary>The names given as <c>AttributeNames</c> and as <c>MessageSystemAttributeNames</c>: the old and the new word for one thing.</summary>
    internal List<string> SystemAttributeNames { get; set; } = [];

    internal List<string> MessageAttributeNames { get; set; } = [];

    protected override SqsResponse? Execute(MessageQueue queue, ActionContext context)
    {
        if (Check(queue) is { } error) return new ErrorResponse(error);
        var ask = new ReceiveAsk(
            MaxNumberOfMessages ?? 1,
            VisibilityTimeout * TimeSpan.TicksPerSecond,
            WaitTimeSeconds * TimeSpan.TicksPerSecond,
            ReceiveRequestAttemptId);
        return queue.Receive(ask, waiting => context.Waiter(waiting, this)) is { } outcome ? Answer(queue, outcome) : null;
    }

    /// <summary>The answer to this call, also when it comes later through a waiter.</summary>
    internal SqsResponse Answer(MessageQueue queue, ReceiveOutcome outcome) =>
        outcome.Error is { } error ? new ErrorResponse(error) : new Response(queue, outcome.Messages, Wanted(), Filter());

    private SqsError? Check(MessageQueue queue)
    {
        if (MaxNumberOfMessages is < 1 or > SqsLimits.BatchEntries)
        {
            return SqsError.Invalid("MaxNumberOfMessages", MaxNumberOfMessages, $"Must be between 1 and {SqsLimits.BatchEntries}, if provided.");
        }

        if (WaitTimeSeconds is < 0 or > SqsLimits.WaitTimeSeconds)
        {
            return SqsError.Invalid("WaitTimeSeconds", WaitTimeSeconds, $"Must be >= 0 and <= {SqsLimits.WaitTimeSeconds}, if provided.");
        }

        if (VisibilityTimeout is < 0 or > SqsLimits.VisibilitySeconds)
        {
            return SqsError.Invalid("VisibilityTimeout", VisibilityTimeout, $"Must be between 0 and {SqsLimits.VisibilitySeconds}, if provided.");
        }

        foreach (var name in SystemAttributeNames)
        {
            // The old parameter also took queue attribute names, and still does, without effect.
            if (Known(name) == SystemAttributes.None && !QueueAttribute.Readable.Contains(name)) return SqsError.UnknownAttribute(name);
        }

        if (ReceiveRequestAttemptId is null) return null;
        if (!MessageChecks.IsId(ReceiveRequestAttemptId)) return MessageChecks.BadId("ReceiveRequestAttemptId", ReceiveRequestAttemptId);
        return queue.Fifo
            ? null
            : SqsError.Invalid("ReceiveRequestAttemptId", ReceiveRequestAttemptId, "The request include parameter that is not valid for this queue type.");
    }

    private SystemAttributes Wanted()
    {
        var wanted = SystemAttributes.None;
        foreach (var name in SystemAttributeNames) wanted |= Known(name);
        return wanted;
    }

    private static SystemAttributes Known(string name) => name switch
    {
        "All" => SystemAttributes.All,
        "SenderId" => SystemAttributes.SenderId,
        "SentTimestamp" => SystemAttributes.SentTimestamp,
        "ApproximateReceiveCount" => SystemAttributes.ApproximateReceiveCount,
        "ApproximateFirstReceiveTimestamp" => SystemAttributes.ApproximateFirstReceiveTimestamp,
        "SequenceNumber" => SystemAttributes.SequenceNumber,
        "MessageDeduplicationId" => SystemAttributes.MessageDeduplicationId,
        "MessageGroupId" => SystemAttributes.MessageGroupId,
        "AWSTraceHeader" => SystemAttributes.AWSTraceHeader,
        "DeadLetterQueueSourceArn" => SystemAttributes.DeadLetterQueueSourceArn,
        _ => SystemAttributes.None,
    };

    private AttributeFilter Filter() => MessageAttributeNames.Count == 0 ? NoAttributes : new(MessageAttributeNames);

    internal sealed class Response(MessageQueue queue, ReceivedMessage[] messages, SystemAttributes wanted, AttributeFilter filter) : SqsResponse
    {
        internal MessageQueue Queue => queue;

        internal ReceivedMessage[] Messages => messages;

        internal SystemAttributes Wanted => wanted;

        internal AttributeFilter Filter => filter;

        /// <summary>The caller is gone: what was taken for it is ready again at once.</summary>
        internal void GiveBack() => queue.GiveBack(messages);
    }
}
