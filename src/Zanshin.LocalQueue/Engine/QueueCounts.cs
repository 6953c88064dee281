namespace Zanshin.LocalQueue.Engine;

/// <summary>How many messages of a queue can be received, are in flight, and are delayed. Exact, though SQS calls them approximate.</summary>
internal readonly record struct QueueCounts(int Visible, int InFlight, int Delayed);
