using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>The signals of long-running workers, beside TERM and INT, which are the host's and the stop's.</summary>
internal sealed class Signals(ZanshinWorker worker, IHostApplicationLifetime host, Surroundings surroundings, ILogger<ZanshinWorker> logger)
    : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    // .NET has no name for it and takes the system's number.
    private static readonly PosixSignal s_usr1 = (PosixSignal)(OperatingSystem.IsLinux() ? 10 : 30);

    private readonly ILogger _logger = new SafeLogger(logger);
    private readonly List<PosixSignalRegistration> _registrations = []; // filled at the start, emptied at the end
    private readonly QuietPulse _pulse = new(worker, surroundings, new SafeLogger(logger));
    private readonly Lock _lock = new(); // guards _drain
    private Task? _drain;

    // Before the worker says that it works: who reads that may send a signal at once, which nobody handled yet would end the process or suspend it.
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || _registrations.Count > 0)
            return Task.CompletedTask;
        On(s_usr1, Drain);
        On(PosixSignal.SIGTSTP, _pulse.Quiet);
        On(PosixSignal.SIGCONT, _pulse.Continued);
        On(PosixSignal.SIGTTIN, () => _logger.Status(StatusText.Of(worker)));
        return Task.CompletedTask;
    }

    // Not before the host is disposed: while it stops a status may be asked for, and what nobody handles would end the process or suspend it.
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        Unregister();
        lock (_lock)
        {
            if (_drain is null)
                return;
        }
        worker.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Unregister();
        Task? drain;
        lock (_lock)
            drain = _drain;
        if (drain is null)
            return;
        // The host may end without a stop: then the drain has its deadline from here.
        await worker.StopAsync(CancellationToken.None);
        await drain;
    }

    private void Unregister()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _registrations.Clear();
        _pulse.Dispose();
    }

    private void On(PosixSignal signal, Action act) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        // Or the process would be ended, or suspended. What follows on CONT is .NET's own: it sets the terminal up again.
        context.Cancel = signal != PosixSignal.SIGCONT;
        try
        {
            act();
        }
        catch (Exception exception)
        {
            // Nobody else would catch it, and it would end the process.
            _logger.SignalFailed(exception, context.Signal.ToString());
        }
    }));

    internal void Drain()
    {
        lock (_lock)
            _drain ??= surroundings.Begin(this, static signals => signals.DrainAsync());
    }

    private async Task DrainAsync()
    {
        await worker.DrainAsync(CancellationToken.None);
        host.StopApplication();
    }
}
