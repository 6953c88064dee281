using Zanshin.Sqs;

namespace Zanshin.Hosting;

/// <summary>A queue of the setup, as it was found at the start.</summary>
/// <param name="DeadLetters">Null where there is none, where none is needed, and where it cannot be used.</param>
/// <param name="NoDeadLetters">Why the dead-letter queue that the redrive policy names cannot be used, in a sentence; else null.</param>
internal sealed record FoundQueue(QueueBuilder Setup, QueueFacts Facts, QueueFacts? DeadLetters, string? NoDeadLetters);
