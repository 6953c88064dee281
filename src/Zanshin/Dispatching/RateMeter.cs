namespace Zanshin.Dispatching;

/// <summary>Events per second, smoothed over about a second, on the worker's clock. Not thread-safe.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private TimeSpan _stepBegan;
    private int _inStep;
    private double _perSecond;

    public void Mark(TimeSpan now)
    {
        Advance(now);
        _inStep++;
    }

    public double PerSecond(TimeSpan now)
    {
        Advance(now);
        return _perSecond;
    }

    private void Advance(TimeSpan now)
    {
        TimeSpan passed = now - _stepBegan;
        if (passed < Step)
            return;
        double rate = _inStep / passed.TotalSeconds;
        // A long step weighs as much as the steps that it stands for.
        _perSecond += (rate - _perSecond) * (1 - Math.Exp(-passed.TotalSeconds));
        (_stepBegan, _inStep) = (now, 0);
    }
}
