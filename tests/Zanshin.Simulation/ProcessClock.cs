using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>
/// The clock of one process. Its wall clock can be set, and the process can stand still: frozen, while its timestamps go on and its timers fire late; or
/// suspended with its machine, while timestamps and timers stand still and only the wall clock and the boot clock go on.
/// </summary>
/// <param name="unseen">Not even the wall clock goes on in suspensions.</param>
internal sealed class ProcessClock(VirtualTime time, Random dice, bool unseen) : TimeProvider
{
    private readonly HashSet<ClockTimer> _armed = [];
    private readonly List<Action> _held = [];
    private TimeSpan _off;
    private long _missed; // ticks in suspensions that are over
    private long? _suspendedAt;
    private long _timers;

    /// <summary>Nothing of the process runs.</summary>
    public bool StandsStill { get; private set; }

    public VirtualTime World => time;

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override long TimestampFrequency => time.TimestampFrequency;

    /// <summary>Goes on in suspensions.</summary>
    public TimeSpan Boot() => TimeSpan.FromTicks(time.GetTimestamp() + 1);

    public override long GetTimestamp() => (_suspendedAt ?? time.GetTimestamp()) - _missed;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + _off - (unseen ? TimeSpan.FromTicks(time.GetTimestamp() - GetTimestamp()) : TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ClockTimer(this, callback, state, _timers++);
        timer.Change(dueTime, period);
        return timer;
    }

    public void JumpWallClock(TimeSpan by) => _off += by;

    /// <summary>Nothing of the process runs from here.</summary>
    public void Stand(bool suspended)
    {
        StandsStill = true;
        if (!suspended)
            return;
        _suspendedAt = time.GetTimestamp();
        foreach (ClockTimer timer in InOrder())
            timer.Pause();
    }

    /// <summary>It runs again, and first what came meanwhile, in any order.</summary>
    public void GoOn()
    {
        if (_suspendedAt is { } at)
        {
            _missed += time.GetTimestamp() - at;
            _suspendedAt = null;
            foreach (ClockTimer timer in InOrder())
                timer.GoOn();
        }
        StandsStill = false;
        Action[] held = [.. _held];
        _held.Clear();
        dice.Shuffle(held);
        foreach (Action item in held)
            time.Context.Post(static item => ((Action)item!)(), item);
    }

    /// <summary>Kept until the process goes on.</summary>
    public void Hold(Action item) => _held.Add(item);

    public void Armed(ClockTimer timer) => _armed.Add(timer);

    public void Disarmed(ClockTimer timer) => _armed.Remove(timer);

    private List<ClockTimer> InOrder() => [.. _armed.OrderBy(static t => t.Number)];
}
