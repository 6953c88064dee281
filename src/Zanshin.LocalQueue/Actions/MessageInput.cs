namespace Zanshin.LocalQueue.Actions;

/// <summary>A message as the caller gave it: of a single send, or one entry of a batch.</summary>
internal sealed class MessageInput
{
    /// <summary>Batches only.</summary>
    internal string? Id { get; set; }

    /// <summary>UTF-8.</summary>
    internal byte[]? Body { get; set; }

    /// <summary>The body is no valid Unicode (half a surrogate pair).</summary>
    internal bool BodyIsNotText { get; set; }

    internal int? DelaySeconds { get; set; }

    internal List<AttributeInput> Attributes { get; set; } = [];

    internal List<AttributeInput> SystemAttributes { get; set; } = [];

    internal string? DeduplicationId { get; set; }

    internal string? GroupId { get; set; }
}
