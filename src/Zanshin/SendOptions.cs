namespace Zanshin;

public sealed record SendOptions
{
    /// <summary>How long the message stays invisible first: whole seconds, 0 to 15 minutes. Standard queues only.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>The MessageGroupId: required on a FIFO queue; a tenant on a standard one (fair queues).</summary>
    public string? Group { get; init; }

    /// <summary>The MessageDeduplicationId of a FIFO queue; not needed where it deduplicates by content.</summary>
    public string? DeduplicationId { get; init; }

    /// <summary>Further message attributes, as strings.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}
