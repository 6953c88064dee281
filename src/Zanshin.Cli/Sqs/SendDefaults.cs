using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary>What messages get that do not say it themselves, and how they are fitted to the queue that takes them.</summary>
internal sealed record SendDefaults
{
    public IReadOnlyDictionary<string, MessageAttributeValue> Attributes { get; init; } = new Dictionary<string, MessageAttributeValue>();

    public string? Group { get; init; }

    public string? DeduplicationId { get; init; }

    public int? DelaySeconds { get; init; }

    /// <summary>Give each a deduplication id of its own, so that none is taken for one that was sent before.</summary>
    public bool NewIds { get; init; }

    /// <summary>Whether the queue makes the id from the body where none is given.</summary>
    public bool ContentBased { get; init; }

    public void Fit(Outgoing message, OpenQueue queue)
    {
        foreach ((string name, MessageAttributeValue value) in Attributes)
            message.Attributes.TryAdd(name, value);
        message.Group ??= Group;
        message.DelaySeconds ??= DelaySeconds;
        message.DeduplicationId ??= DeduplicationId;
        if (!queue.Fifo)
        {
            // Such a queue refuses one.
            message.DeduplicationId = null;
            return;
        }
        if (message.Group is null)
            message.Failure = "it has no group, which a FIFO queue needs (\"group\" in its line, or --group)";
        if (message.DelaySeconds is > 0)
            message.Failure = "it has a delay, which a FIFO queue does not take for a message";
        message.DelaySeconds = null;
        // A resend of the same call has the same id: it is made once.
        if (NewIds || (message.DeduplicationId is null && !ContentBased))
            message.DeduplicationId = NewIds ? Guid.NewGuid().ToString() : message.OriginalId ?? Guid.NewGuid().ToString();
    }
}
