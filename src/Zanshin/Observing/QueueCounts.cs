namespace Zanshin.Observing;

/// <summary>The counters of one queue. Thread-safe.</summary>
internal sealed class QueueCounts(Instruments? instruments = null)
{
    private readonly long[] _cells = new long[Enum.GetValues<Count>().Length];

    /// <summary>What measures beside the counts while somebody listens; null where nobody can.</summary>
    public Instruments? Instruments => instruments;

    public long this[Count count] => Interlocked.Read(ref _cells[(int)count]);

    public void Add(Count count, long by = 1) => Interlocked.Add(ref _cells[(int)count], by);
}
