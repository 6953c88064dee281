namespace Zanshin.Dispatching;

/// <summary>Events per second, smoothed over about a second, on the worker's clock. Not thread-safe.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FirstStep = TimeSpan.FromMilliseconds(20);

    private TimeSpan _stepBegan;
    private int _inStep;
    private double _perSecond;
    private bool _begun;

    /// <summary>Something begins after nothing has ended for long: what ends first took from here.</summary>
    public void Begins(TimeSpan now)
    {
        Advance(now);
        if (_perSecond == 0 && _inStep == 0)
            (_stepBegan, _begun) = (now, true);
    }

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
        if (_begun && _inStep == 0)
            return;
        _begun = false;
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
