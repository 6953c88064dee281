using Amazon.SQS.Model;

namespace Zanshin;

/// <summary>How one message is sent. What SQS would not take is refused with an <see cref="ArgumentException"/> before anything is sent.</summary>
public sealed record SendOptions
{
    /// <summary>
    /// How long the message stays invisible first: whole seconds (a fraction counts as a second), 0 to 15 minutes, longer only where
    /// long delays are carried (<see cref="ZanshinBuilder.CarryLongDelays"/>). Standard queues only.
    /// </summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>When the message becomes visible, in place of <see cref="Delay"/> and with its limits; a time that has passed sends at once.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>The MessageGroupId: required on a FIFO queue; a tenant on a standard one (fair queues). 1 to 128 letters, digits and punctuation.</summary>
    public string? Group { get; init; }

    /// <summary>The MessageDeduplicationId of a FIFO queue; not needed where it deduplicates by content.</summary>
    public string? DeduplicationId { get; init; }

    /// <summary>Another queue than the route's: its name, URL or ARN.</summary>
    public string? Queue { get; init; }

    /// <summary>Further message attributes, as strings. SQS takes ten in all, with those that Zanshin adds.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>Further message attributes of any type: String, Number or Binary, with a custom label where wanted.</summary>
    public IReadOnlyDictionary<string, MessageAttributeValue>? AttributeValues { get; init; }
}
