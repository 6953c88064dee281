using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Hosting;

#pragma warning disable CA1001 // The token sources have no timer: nothing to dispose.
/// <summary>
/// Calls the application's handlers of lifecycle events, apart from who raises them. Quiet, shutdown and stopped run one after the other;
/// utilization in a loop of its own. All of it is awaited at the stop, for as long as the stop has time.
/// </summary>
internal sealed class Lifecycle(ZanshinBuilder setup, IServiceProvider services, Surroundings surroundings, ILogger logger)
#pragma warning restore CA1001
{
    /// <summary>So long a handler may take to heed its cancelled token.</summary>
    private static readonly TimeSpan s_heedsWithin = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _endStopped = new(); // of the stopped handlers, whose time begins when that of the others is over
    private readonly List<Task> _abandoned = []; // dispatch handlers that no receive waits for any more
    private readonly Lock _lock = new(); // guards _last and _abandoned
    private Task _last = Task.CompletedTask;
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
            // Apart, and with a token of their own: handlers that block or ignore the token, and callbacks on it, hold up no receiver.
            var end = new CancellationTokenSource();
            Task handlers = surroundings.Begin((Life: this, queue, end.Token), static told => told.Life.DispatchAsync(told.queue, told.Token));
            try
            {
                await handlers.WaitAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                // The receive is abandoned.
                Task cancelling = Cancel(end, "dispatch");
                lock (_lock)
                    _abandoned.AddRange(handlers, cancelling);
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

    public void Quiet() => Follow("quiet", setup.Quiets, reversed: true, _end.Token);

    public void Shutdown() => Follow("shutdown", setup.Shutdowns, reversed: true, _end.Token);

    /// <summary>The stop is over but for this: its handlers of quiet and shutdown have what is left of its time, and then those of stopped.</summary>
    public async Task StoppedAsync(Func<TimeSpan> left)
    {
        if (!await EndsAsync(Abandoned(), s_heedsWithin))
            logger.LifecycleHandlerHangs("dispatch");
        List<Task> open = [Last()];
        if (_utilization is not null)
            open.Add(_utilization.StopAsync());
        await EndAsync(Task.WhenAll(open), left(), "quiet, shutdown or utilization", _end);
        lock (_lock)
            _last = Task.CompletedTask;
        Follow("stopped", setup.Stoppeds, reversed: false, _endStopped.Token);
        TimeSpan rest = left();
        await EndAsync(Last(), rest > s_least ? rest : s_least, "stopped", _endStopped);
    }

    private Task Last()
    {
        lock (_lock)
            return _last;
    }

    private Task Abandoned()
    {
        lock (_lock)
            return Task.WhenAll(_abandoned.ToArray());
    }

    private async Task EndAsync(Task handlers, TimeSpan within, string events, CancellationTokenSource end)
    {
        if (await EndsAsync(handlers, within))
            return;
        if (!await EndsAsync(Task.WhenAll(handlers, Cancel(end, "stop")), s_heedsWithin))
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

    // Callbacks on the token are the application's. The task never fails.
    private Task Cancel(CancellationTokenSource end, string name) => surroundings.Begin((Life: this, end, name), static cancelled =>
    {
        CallToken.Cancel(cancelled.end, exception => cancelled.Life.Logger.LifecycleHandlerFailed(exception, cancelled.name));
        return Task.CompletedTask;
    });

    private Task DispatchAsync(string queue, CancellationToken cancel) =>
        RaiseAsync("dispatch", setup.Dispatches, (handle, token) => handle(queue, services, token), cancel);

    // After those before it; whoever raises it does not wait.
    private void Follow(string name, List<Func<IServiceProvider, CancellationToken, ValueTask>> handlers, bool reversed, CancellationToken cancel)
    {
        if (handlers.Count == 0)
            return;
        lock (_lock)
        {
            _last = surroundings.Begin((Life: this, Before: _last, name, cancel, Handlers: reversed ? Enumerable.Reverse(handlers).ToList() : handlers), static async next =>
            {
                await next.Before;
                await next.Life.RaiseAsync(next.name, next.Handlers, (handle, token) => handle(next.Life.Services, token), next.cancel);
            });
        }
    }

    private IServiceProvider Services => services;

    private ILogger Logger => logger;

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
