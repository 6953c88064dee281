using System.Text;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.Testing.Runs;

/// <summary>A message as a trial puts it into its queue: as if it had been sent, and received before, at these times.</summary>
internal sealed record TrialMessage(Guid Id, OutgoingMessage Message, DateTimeOffset SentAt)
{
    /// <summary>Which receive the trial's is, from 1.</summary>
    public int ReceiveCount { get; init; } = 1;

    /// <summary>Null: with its first receive.</summary>
    public DateTimeOffset? FirstReceivedAt { get; init; }

    public string? DeadLetterSourceArn { get; init; }

    /// <summary>A message that was sent, without its delay: a long one is over too, or its first run would be a hop.</summary>
    public static OutgoingMessage Due(SentMessage sent)
    {
        if (sent.Due is not { } due)
            return sent.Message;
        byte[] over = Encoding.UTF8.GetBytes((due with { Due = due.Sent }).Write());
        MessageAttribute[] attributes = Array.ConvertAll(sent.Message.Attributes, a => a.Name == DueTime.Attribute ? a with { Value = over } : a);
        return sent.Message with { Attributes = attributes, AttributesMd5 = AttributeDigest.Of(attributes) };
    }

    public static List<string> Put(IReadOnlyList<TrialMessage> messages, MessageQueue queue)
    {
        queue.Restore([.. messages.Select(m => m.Stored(queue))], [], []);
        return [.. messages.Select(static m => m.Id.ToString())];
    }

    private StoredMessage Stored(MessageQueue queue) => new()
    {
        Key = queue.Engine.Ids.NextKey(),
        MessageId = Id,
        Body = Message.Body,
        BodyMd5 = Message.BodyMd5,
        Attributes = Message.Attributes,
        AttributesMd5 = Message.AttributesMd5,
        TraceHeader = Message.TraceHeader,
        GroupId = Message.GroupId,
        DeduplicationId = Message.DeduplicationId,
        DeadLetterSourceArn = DeadLetterSourceArn,
        SentAt = SentAt.UtcTicks,
        // However long ago it was sent, it is still there.
        RetainedFrom = queue.Engine.Now,
        VisibleAt = queue.Engine.Now,
        ReceiveCount = ReceiveCount - 1,
        FirstReceivedAt = ReceiveCount == 1 ? 0 : (FirstReceivedAt ?? SentAt).UtcTicks,
    };
}
