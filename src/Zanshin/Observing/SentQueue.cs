namespace Zanshin.Observing;

/// <summary>A queue that was sent to, and what is counted of it.</summary>
internal sealed record SentQueue(string Name, bool Fifo, QueueCounts Counts)
{
    public long Requests => Counts[Count.Sends];

    public long Billed => Requests + Counts[Count.ExtraBilled];
}
