using System.Runtime.InteropServices;

namespace Zanshin.Cli;

/// <summary>Turns Ctrl+C and termination into a token while it lives, so that a command can stop cleanly.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly bool _secondEnds;
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="secondEnds">The second signal ends the process where it stands; else it is caught too.</param>
    public Interrupts(bool secondEnds = false)
    {
        _secondEnds = secondEnds;
        _registrations = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM), Register(PosixSignal.SIGHUP)];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = !(_secondEnds && _source.IsCancellationRequested);
        _source.Cancel();
    });
}
