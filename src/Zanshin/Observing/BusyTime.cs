namespace Zanshin.Observing;

/// <summary>The time that slots were taken, summed over all of them; runs that have not ended count up to now. Thread-safe.</summary>
internal sealed class BusyTime
{
    private readonly Lock _lock = new(); // guards both
    private TimeSpan _ended; // the ends of ended runs, less the begins of all
    private int _running;

    public void Begin(TimeSpan at)
    {
        lock (_lock)
        {
            _ended -= at;
            _running++;
        }
    }

    public void End(TimeSpan at)
    {
        lock (_lock)
        {
            _ended += at;
            _running--;
        }
    }

    public TimeSpan Until(TimeSpan now)
    {
        lock (_lock)
            return _ended + _running * now;
    }
}
