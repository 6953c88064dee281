using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Hosting;

#pragma warning disable CA1001 // The token source has no timer: nothing to dispose.
/// <summary>
/// Calls the application's handlers of lifecycle events. Quiet, shutdown and stopped run one after the other, apart from who raises
/// them; utilization in a loop of its own. All of it is awaited at the stop, for as long as the stop has time.
/// </summary>
internal sealed class Lifecycle(ZanshinBuilder setup, IServiceProvider services, Surroundings surroundings, ILogger logger)
#pragma warning restore CA1001
{
    /// <summary>So long a handler may take to heed its cancelled token.</summary>
    private static readonly TimeSpan s_heedsWithin = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new(); // guards _last and _cancelling
    private Task _last = Task.CompletedTask;
    private Task _cancelling = Task.CompletedTask;
    private UtilizationLoop? _utilization;

    public Task StartupAsync(CancellationToken cancel) =>
        RaiseAsync("startup", setup.Startups, (handle, token) => handle(services, token), cancel);

    /// <summary>What a receiver calls before each receive; null where nobody wants to know.</summary>
    public Func<CancellationToken, Task>? BeforeReceive(string queue)
    {
        if (setup.Dispatches.Count == 0)
            return null;
        return async cancel =>
        {
            try
            {
                // A handler that ignores its token does not keep the receiver from its stop.
                await RaiseAsync("dispatch", setup.Dispatches, (handle, token) => handle(queue, services, token), cancel).WaitAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                // The receive is abandoned.
            }
        };
    }

    /// <summary>Watches the slots of these groups, where somebody wants to know.</summary>
    public void Watch(IReadOnlyList<(string Group, Dispatcher Dispatcher)> groups)
    {
        if (setup.Utilizations.Count == 0)
            return;
        _utilization = new UtilizationLoop(groups, surroundings, use => RaiseAsync("utilization", setup.Utilizations, (handle, token) => handle(use, services, token), _end.Token));
        _utilization.Start();
    }

    public void Quiet() => Follow("quiet", setup.Quiets, reversed: true);

    public void Shutdown() => Follow("shutdown", setup.Shutdowns, reversed: true);

    /// <summary>The stop is over but for this: its handlers of quiet and shutdown have what is left of its time, and then those of stopped.</summary>
    public async Task StoppedAsync(Func<TimeSpan> left)
    {
        List<Task> open = [Last()];
        if (_utilization is not null)
            open.Add(_utilization.StopAsync());
        await EndAsync(Task.WhenAll(open), left(), "quiet, shutdown or utilization");
        lock (_lock)
            _last = Task.CompletedTask;
        Follow("stopped", setup.Stoppeds, reversed: false);
        TimeSpan rest = left();
        await EndAsync(Last(), rest > s_least ? rest : s_least, "stopped");
    }

    private Task Last()
    {
        lock (_lock)
            return _last;
    }

    private async Task EndAsync(Task handlers, TimeSpan within, string events)
    {
        if (await EndsAsync(handlers, within))
            return;
        // Callbacks on the token are the application's.
        lock (_lock)
            _cancelling = _end.IsCancellationRequested ? _cancelling : surroundings.Begin(this, static life => life.CancelNow());
        if (!await EndsAsync(Task.WhenAll(handlers, _cancelling), s_heedsWithin))
            logger.LifecycleHandlerHangs(events);
    }

    private async Task<bool> EndsAsync(Task task, TimeSpan within)
    {
        try
        {
            await task.WaitAsync(within, surroundings.Time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private Task CancelNow()
    {
        try
        {
            _end.Cancel();
        }
        catch (Exception exception)
        {
            logger.LifecycleHandlerFailed(exception, "stop");
        }
        return Task.CompletedTask;
    }

    // After those before it; whoever raises it does not wait.
    private void Follow(string name, List<Func<IServiceProvider, CancellationToken, ValueTask>> handlers, bool reversed)
    {
        if (handlers.Count == 0)
            return;
        lock (_lock)
        {
            _last = surroundings.Begin((Life: this, Before: _last, name, Handlers: reversed ? Enumerable.Reverse(handlers).ToList() : handlers), static async next =>
            {
                await next.Before;
                await next.Life.RaiseAsync(next.name, next.Handlers, (handle, token) => handle(next.Life.Services, token), next.Life._end.Token);
            });
        }
    }

    private IServiceProvider Services => services;

    private async Task RaiseAsync<T>(string name, List<T> handlers, Func<T, CancellationToken, ValueTask> call, CancellationToken cancel)
    {
        foreach (T handler in handlers)
        {
            try
            {
                await call(handler, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // As it was told.
            }
            catch (Exception exception)
            {
                logger.LifecycleHandlerFailed(exception, name);
            }
        }
    }
}
