using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>Looks at drawn moments, often at first. A timer comes when nothing is left to run at its moment.</summary>
internal sealed class Ticks : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly Random _dice;
    private readonly Action _look;
    private readonly ITimer _timer;
    private TimeSpan _pause = TimeSpan.FromSeconds(0.2);

    public Ticks(VirtualTime time, Random dice, Action look)
    {
        (_dice, _look) = (dice, look);
        _timer = time.CreateTimer(static ticks => ((Ticks)ticks!).Tick(), this, _pause, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        _look();
        if (_pause < Longest)
            _pause *= 1.02;
        _timer.Change(_pause * (2 * _dice.NextDouble()), Timeout.InfiniteTimeSpan);
    }
}
