namespace Zanshin.Timing;

/// <summary>
/// Makes the calls of application code that are decided on under a lock outside of it: one at a time and in order, by one task that lives as long as
/// there are any. A call that blocks holds up those behind it here, and nothing else. Thread-safe.
/// </summary>
internal sealed class OutsideCalls(Surroundings surroundings)
{
    private readonly Lock _lock = new(); // guards all below
    private readonly Queue<Action> _calls = new();
    private bool _underWay;
    private Task _made = Task.CompletedTask;

    /// <summary>Completed when all that has been posted by now is made.</summary>
    public Task Made
    {
        get
        {
            lock (_lock)
                return _made;
        }
    }

    /// <param name="call">Never throws.</param>
    public void Post(Action call)
    {
        lock (_lock)
        {
            _calls.Enqueue(call);
            if (_underWay)
                return;
            _underWay = true;
            _made = surroundings.Begin(this, static calls => calls.MakeAsync());
        }
    }

    private Task MakeAsync()
    {
        while (Next() is { } call)
            call();
        return Task.CompletedTask;
    }

    private Action? Next()
    {
        lock (_lock)
        {
            _underWay = _calls.TryDequeue(out Action? call);
            return call;
        }
    }
}
