namespace Zanshin.Testing;

/// <summary>What awaits capture while virtual time runs: it brings their continuations back to the pump.</summary>
internal sealed class PumpContext(Pump pump) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => pump.Post(d, state);

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!pump.IsPumpThread)
        {
            pump.NoteUseFromElsewhere("Send");
            throw new InvalidOperationException("Send works only on the thread that runs virtual time, while it runs. Use Post.");
        }
        d(state);
    }

    // A copy must stay equal to the original: awaits compare contexts by reference to decide whether they may continue inline.
    public override SynchronizationContext CreateCopy() => this;
}
