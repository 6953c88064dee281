namespace Zanshin.Dispatching;

/// <summary>
/// Holds back runs while the thread pool comes late to those that are begun: each that blocks its thread would put what keeps the leases further behind. Such
/// runs begin one by one until the pool has been in time for a while. Guarded by the dispatchers' lock.
/// </summary>
internal sealed class PoolPace
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Careful = TimeSpan.FromSeconds(10);

    private readonly Queue<Run> _begun = new(); // the first of them has not got its thread yet
    private TimeSpan _carefulUntil = TimeSpan.MinValue;
    private volatile bool _holdsBack;

    /// <summary>Whether a run was held back: the next that gets its thread is to go on with it. Read without the lock.</summary>
    public bool HoldsBack => _holdsBack;

    public bool MayBegin(TimeSpan now)
    {
        _holdsBack = false;
        Trim();
        if (!_begun.TryPeek(out Run? first))
            return true;
        if (now - first.Began >= Late)
            _carefulUntil = now + Careful;
        if (_carefulUntil <= now)
            return true;
        _holdsBack = true;
        // Between the two looks it may have got its thread, and have seen nothing to go on with.
        Interlocked.MemoryBarrier();
        if (!first.HasThread)
            return false;
        _holdsBack = false;
        return MayBegin(now);
    }

    public void Begin(Run run) => _begun.Enqueue(run);

    /// <summary>Forgets those that have got their threads.</summary>
    public void Trim()
    {
        while (_begun.TryPeek(out Run? run) && run.HasThread)
            _begun.Dequeue();
    }
}
