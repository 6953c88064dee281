using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Testing;

/// <summary>One timer. Its place in line belongs to <see cref="TimerLine"/>, which guards the mutable fields.</summary>
internal sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state, ExecutionContext? captured) : ITimer
{
    /// <summary>Ticks of virtual time; part of the sort key, so it changes only while the timer is out of line.</summary>
    public long Due { get; set; }

    /// <summary>Position among all armings; part of the sort key as well.</summary>
    public long Sequence { get; set; }

    /// <summary>Ticks; zero fires once.</summary>
    public long Period { get; set; }

    public bool Disposed { get; set; }

    /// <summary>What it is to the leak scope it was made in; null without one.</summary>
    public Begun? Begun { get; init; }

    public bool Change(TimeSpan dueTime, TimeSpan period) => time.Arm(this, dueTime, period);

    public void Dispose() => time.Dispose(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Fire(Pump pump) => pump.Execute(captured, static timer => ((VirtualTimer)timer!).Call(), this);

    private void Call() => callback(state);
}
