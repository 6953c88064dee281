namespace Zanshin.LocalQueue.Engine;

/// <summary>A message to send, checked as far as that goes without the queue's state.</summary>
internal sealed record OutgoingMessage
{
    internal required byte[] Body { get; init; }

    internal required Md5Digest BodyMd5 { get; init; }

    internal MessageAttribute[] Attributes { get; init; } = [];

    internal Md5Digest? AttributesMd5 { get; init; }

    internal string? TraceHeader { get; init; }

    internal Md5Digest? SystemAttributesMd5 { get; init; }

    internal string? GroupId { get; init; }

    internal string? DeduplicationId { get; init; }

    /// <summary>Null for the queue's own delay; 0 is a value.</summary>
    internal long? DelayTicks { get; init; }
}
