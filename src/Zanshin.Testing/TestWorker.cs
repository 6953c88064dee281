using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Zanshin.Testing;

/// <summary>
/// A whole worker on queues of its own in this process: <c>await using var worker = await TestWorker.StartAsync(z => ...)</c>. Disposing it stops it at once:
/// handlers that still run are cancelled. On real time, or, inside of <see cref="VirtualTime.Run(Func{Task}, TimeSpan?)"/>, on that of <c>AddVirtualTime</c>.
/// </summary>
public sealed class TestWorker : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IAsyncDisposable? _buffers;

    private TestWorker(ServiceProvider services)
    {
        _services = services;
        Queues = services.GetRequiredService<TestQueues>();
        Worker = services.GetRequiredService<ZanshinWorker>();
        Sender = services.GetRequiredService<ISender>();
        _buffers = services.GetService<IBufferedSender>() as IAsyncDisposable;
    }

    public IServiceProvider Services => _services;

    public ZanshinWorker Worker { get; }

    /// <summary>The application's sender: what goes through it is in <see cref="Sent"/>.</summary>
    public ISender Sender { get; }

    public TestQueues Queues { get; }

    /// <inheritdoc cref="TestQueues.Sent"/>
    public SentMessages Sent => Queues.Sent;

    /// <summary>Starts a worker.</summary>
    /// <param name="configure">Its set-up: the application's own.</param>
    /// <param name="services">Registers what handlers need. Comes before the set-up, so that a handler or middleware registered here is the one that is used.</param>
    /// <param name="queues">The queues, where the defaults do not do.</param>
    /// <exception cref="ZanshinConfigurationException">Something is wrong with the set-up.</exception>
    public static async Task<TestWorker> StartAsync(
        Action<ZanshinBuilder> configure, Action<IServiceCollection>? services = null, Action<LocalQueueOptions>? queues = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var collection = new ServiceCollection();
        services?.Invoke(collection);
        collection.TryAddSingleton(TimeProvider.System);
        ServiceProvider provider = collection.AddZanshin(configure).UseLocalQueue(queues).BuildServiceProvider();
        TestWorker? worker = null;
        try
        {
            worker = new TestWorker(provider);
            await worker.Worker.StartAsync(cancel);
            return worker;
        }
        catch
        {
            await provider.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends along the set-up's routes.</summary>
    /// <inheritdoc cref="ISender.SendAsync"/>
    public async Task<string?> SendAsync<T>(T body, SendOptions? options = null, CancellationToken cancel = default) => await Sender.SendAsync(body, options, cancel);

    /// <inheritdoc cref="ZanshinWorkerExtensions.WhenIdleAsync"/>
    public Task WhenIdleAsync(TimeSpan? timeout = null, bool? later = null, CancellationToken cancel = default) => Worker.WhenIdleAsync(timeout, later, cancel);

    public async ValueTask DisposeAsync()
    {
        Queues.EndWaits();
        await Worker.StopAsync(new CancellationToken(canceled: true));
        // Not by the container, which would leave virtual time with what it awaits.
        if (_buffers is not null)
            await _buffers.DisposeAsync();
        await _services.DisposeAsync();
    }
}
