namespace Zanshin.Cli.Demo;

/// <summary>What the handlers saw, by message id. Thread-safe.</summary>
internal sealed class Tally(int expected)
{
    private readonly Lock _lock = new(); // guards all below
    private readonly HashSet<string> _begun = [];
    private readonly HashSet<string> _done = [];
    private readonly SortedDictionary<string, TypeTally> _byType = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _start = TimeProvider.System.GetTimestamp();
    private int _processed;
    private int _redelivered;
    private TimeSpan _lastEnd;

    public int Expected => expected;

    /// <summary>Completes when every expected message has been processed.</summary>
    public Task All => _all.Task;

    public int Distinct
    {
        get
        {
            lock (_lock)
                return _done.Count;
        }
    }

    /// <summary>How long ago a handler ended, or the tally began.</summary>
    public TimeSpan Quiet
    {
        get
        {
            lock (_lock)
                return TimeProvider.System.GetElapsedTime(_start) - _lastEnd;
        }
    }

    /// <summary>Time counts from here.</summary>
    public void Start()
    {
        lock (_lock)
            _start = TimeProvider.System.GetTimestamp();
    }

    public void Began(string id, int attempt)
    {
        lock (_lock)
        {
            bool again = !_begun.Add(id);
            if (again || attempt > 1)
                _redelivered++;
        }
    }

    public void Ended(string id, string type, string example)
    {
        lock (_lock)
        {
            _processed++;
            _lastEnd = TimeProvider.System.GetElapsedTime(_start);
            if (!_done.Add(id))
                return;
            _byType[type] = new(_byType.GetValueOrDefault(type).Count + 1, example);
            if (_done.Count == expected)
                _all.TrySetResult();
        }
    }

    public TallyResult Result()
    {
        lock (_lock)
            return new(expected, _processed, _done.Count, _redelivered, _lastEnd, new(_byType, StringComparer.Ordinal));
    }
}
