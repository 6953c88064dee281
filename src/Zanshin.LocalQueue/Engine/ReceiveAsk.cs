namespace Zanshin.LocalQueue.Engine;

/// <summary>What a receive asks of a queue.</summary>
/// <param name="Max">1 to 10.</param>
/// <param name="VisibilityTicks">Null for the queue's own; 0 is a value, and leaves the messages visible.</param>
/// <param name="WaitTicks">Null for the queue's own; 0 answers at once.</param>
/// <param name="AttemptId">FIFO only: a retry with the same id gets the same messages.</param>
internal sealed record ReceiveAsk(int Max, long? VisibilityTicks, long? WaitTicks, string? AttemptId);
