using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Diagnosis.Hosting;

/// <summary>Runs the watch from before the other services start until after they have stopped; then asks for what is left.</summary>
internal sealed class LeakWatchService(LeakWatch watch, ILogger<LeakWatch> logger) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly LeakMeter _meter = new(watch);
    private Task _running = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!BeginEvents.CanHear)
            logger.ThreadsOnly();
        _running = RunAsync();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _running;
        if (await watch.LeftRunningAsync(cancellationToken) is { Count: > 0 } left)
            logger.LeftRunning(string.Join("\n", left));
    }

    /// <summary>A host that was not stopped, because its start failed, ends the watch here.</summary>
    public void Dispose()
    {
        watch.Dispose();
        _meter.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await watch.RunAsync(Found, _stop.Token);
        }
        catch (Exception exception)
        {
            // The worker goes on without its watch.
            logger.Failed(exception);
        }
    }

    private void Found(LeakFinding finding) =>
        logger.Found(finding.Leak.Fingerprint, string.Join(", ", finding.Leak.Kinds), finding.PerMessage, finding.Report);
}
