namespace Zanshin.Timing;

/// <summary>
/// Raises the thread pool's minimum by the threads that handlers may block, for all workers of the process together: below its minimum the pool begins a thread as
/// soon as work waits, above it about one in a second, and so long would what keeps the leases wait behind handlers. What the process has set itself is never lowered, and
/// counts again when the last worker has stopped. Thread-safe.
/// </summary>
/// <param name="most">How many threads one worker adds at most.</param>
internal sealed class PoolFloor(int most)
{
    /// <summary>How many threads one worker adds at most, where it does not say.</summary>
    public const int Most = 500;

    private static readonly Lock s_lock = new(); // guards all below, of all workers
    private static int s_added;
    private static int s_own;
    private static int s_set;
    private int _added;

    /// <summary>So many threads may be blocked by this worker's handlers; 0 when it has stopped.</summary>
    public void Add(int threads)
    {
        threads = Math.Min(threads, most);
        lock (s_lock)
        {
            if (threads == _added)
                return;
            ThreadPool.GetMinThreads(out int min, out int completionPorts);
            ThreadPool.GetMaxThreads(out int max, out _);
            // What somebody else has set meanwhile is the process's own from here.
            if (s_added == 0 || min != s_set)
                s_own = min;
            s_added += threads - _added;
            _added = threads;
            s_set = Math.Max(s_own, Math.Min(max, s_own + s_added));
            ThreadPool.SetMinThreads(s_set, completionPorts);
        }
    }
}
