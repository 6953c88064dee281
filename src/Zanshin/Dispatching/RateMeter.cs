namespace Zanshin.Dispatching;

/// <summary>Events per second, smoothed over about a second, on the worker's clock. Not thread-safe.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FirstStep = TimeSpan.FromMilliseconds(20);

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
        if (passed < (_perSecond == 0 ? FirstStep : Step))
            return;
        double rate = _inStep / passed.TotalSeconds;
        // A long step weighs as much as the steps that it stands for; after none at all the first one is all that is known.
        _perSecond = _perSecond == 0 ? rate : _perSecond + (rate - _perSecond) * (1 - Math.Exp(-passed.TotalSeconds));
        if (_perSecond < 0.01)
            _perSecond = 0;
        (_stepBegan, _inStep) = (now, 0);
    }
}
