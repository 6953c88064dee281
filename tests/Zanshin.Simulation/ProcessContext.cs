namespace Zanshin.Simulation;

/// <summary>Where the code of one process goes on: not while it stands still.</summary>
internal sealed class ProcessContext(ProcessClock clock) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (clock.StandsStill)
            clock.Hold(() => Run(d, state));
        else
            clock.World.Context.Post(_ => Run(d, state), null);
    }

    public override void Send(SendOrPostCallback d, object? state) => clock.World.Context.Send(d, state);

    public override SynchronizationContext CreateCopy() => this;

    private void Run(SendOrPostCallback d, object? state)
    {
        // It has come to stand still at this very moment.
        if (clock.StandsStill)
        {
            clock.Hold(() => Run(d, state));
            return;
        }
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            d(state);
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
