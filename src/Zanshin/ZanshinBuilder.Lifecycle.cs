namespace Zanshin;

/// <content>
/// The events of a worker's life. Handlers are called one after the other with the application's services: in the order in which they
/// were added, at quiet and shutdown in the reverse order. An exception is logged and swallowed.
/// </content>
public sealed partial class ZanshinBuilder
{
    internal List<Func<IServiceProvider, CancellationToken, ValueTask>> Startups { get; } = [];

    internal List<Func<string, IServiceProvider, CancellationToken, ValueTask>> Dispatches { get; } = [];

    internal List<Func<Utilization, IServiceProvider, CancellationToken, ValueTask>> Utilizations { get; } = [];

    internal List<Func<IServiceProvider, CancellationToken, ValueTask>> Quiets { get; } = [];

    internal List<Func<IServiceProvider, CancellationToken, ValueTask>> Shutdowns { get; } = [];

    internal List<Func<IServiceProvider, CancellationToken, ValueTask>> Stoppeds { get; } = [];

    /// <summary>The setup is good and every queue was found. Nothing is received until it returns; the token is that of the host's start.</summary>
    public ZanshinBuilder OnStartup(Func<IServiceProvider, CancellationToken, ValueTask> handle) => Add(Startups, handle);

    /// <summary>Before every receive, with the queue's name. The receive waits for it, and no other queue; the token is cancelled when a stop abandons its receives.</summary>
    public ZanshinBuilder OnDispatch(Func<string, IServiceProvider, CancellationToken, ValueTask> handle) => Add(Dispatches, handle);

    /// <summary>
    /// The number of slots in use has changed, or the worker has started. Told by a loop of its own, the latest number only: a slow handler
    /// misses numbers and delays no message.
    /// </summary>
    public ZanshinBuilder OnUtilization(Func<Utilization, IServiceProvider, CancellationToken, ValueTask> handle) => Add(Utilizations, handle);

    /// <summary>The worker receives no more: at <see cref="ZanshinWorker.Quiet"/>, and first of all in <see cref="ZanshinWorker.DrainAsync"/> unless it was quiet before.</summary>
    public ZanshinBuilder OnQuiet(Func<IServiceProvider, CancellationToken, ValueTask> handle) => Add(Quiets, handle);

    /// <summary>A stop has begun. Runs beside it, and the stop waits for it; the token is cancelled at the stop's deadline.</summary>
    public ZanshinBuilder OnShutdown(Func<IServiceProvider, CancellationToken, ValueTask> handle) => Add(Shutdowns, handle);

    /// <summary>All messages are settled or given back, and every loop has ended. It has what is left of the stop's time, at least a second.</summary>
    public ZanshinBuilder OnStopped(Func<IServiceProvider, CancellationToken, ValueTask> handle) => Add(Stoppeds, handle);

    private ZanshinBuilder Add<T>(List<T> handlers, T handle)
        where T : Delegate
    {
        ArgumentNullException.ThrowIfNull(handle);
        handlers.Add(handle);
        return this;
    }
}
