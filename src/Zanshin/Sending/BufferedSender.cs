using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>
/// The buffers of an application, one for each queue. They stop when all services of the host have stopped, the worker among them, because its handlers
/// send too; without a host, when they are disposed.
/// </summary>
internal sealed class BufferedSender : IBufferedSender, IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    /// <summary>Of the host's shutdown time-out: left to it for the rest.</summary>
    private static readonly TimeSpan HostsShare = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    private readonly ZanshinBuilder _setup;
    private readonly Preparation _preparation;
    private readonly SendQueues _queues;
    private readonly IServiceScopeFactory _scopes;
    private readonly Surroundings _surroundings;
    private readonly TimeSpan _shutdownTimeout;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _giveUp = new(); // has no timer and may be cancelled by a late one: nothing to dispose

    private readonly Lock _lock = new(); // guards all below
    private readonly Dictionary<string, SendBuffer> _buffers = []; // by the queue's URL
    private TimeSpan? _stopBegan;
    private TaskCompletionSource? _stopped;

    public BufferedSender(ZanshinBuilder setup, Preparation preparation, SendQueues queues, IServiceScopeFactory scopes, Surroundings surroundings, IServiceProvider services, Instruments instruments, ILogger<IBufferedSender> logger)
    {
        // Apart: the worker's loops have all ended before those of the buffers, which outlive it.
        (_setup, _preparation, _queues, _scopes, _surroundings) = (setup, preparation, queues, scopes, surroundings.Apart());
        _shutdownTimeout = services.GetService<IOptions<HostOptions>>()?.Value.ShutdownTimeout ?? TimeSpan.FromSeconds(30);
        _logger = new SafeLogger(logger);
        instruments.Create(() => instruments.Meter.CreateObservableUpDownCounter("zanshin.sender.buffered", Counts, "{message}", "Messages in the send buffers, those on their way included"));
    }

    /// <summary>Loops of buffers that were begun and have not ended: zero after a stop.</summary>
    internal long LoopsAlive => _surroundings.Alive;

    public int Count
    {
        get
        {
            lock (_lock)
                return _buffers.Values.Sum(static b => b.Count);
        }
    }

    public async ValueTask<BufferedSend> EnqueueAsync<T>(T body, SendOptions? options = null, CancellationToken cancel = default)
    {
        Route<T> route = Routes.Of<T>(_setup);
        Draft draft;
        ActivityContext caller = Activity.Current?.Context ?? default;
        // No activity of its own: the batch that it goes with has one, linked with the caller's.
        using (var trace = new SendTrace(route.Queue, _logger))
        {
            await using AsyncServiceScope scope = _scopes.CreateAsyncScope();
            draft = await _preparation.PrepareAsync(route, body, options, trace, scope.ServiceProvider, cancel);
        }
        if (draft.Withheld)
            return default;
        var message = new Buffered(draft, body, caller);
        SendBuffer buffer = BufferOf(draft, out bool isNew);
        // It has its client now, which the container is not to dispose of before.
        if (isNew)
            _queues.InUse();
        await buffer.AddAsync(message, cancel);
        return new BufferedSend(message.Result);
    }

    public async Task FlushAsync(CancellationToken cancel = default)
    {
        List<Buffered> all;
        lock (_lock)
            all = [.. _buffers.Values.SelectMany(static b => b.Flush())];
        await Task.WhenAll(all.ConvertAll(EndAsync)).WaitAsync(cancel);
        List<object?> unsent = [.. all.Where(static m => m.Result.IsFaulted).Select(static m => m.Body)];
        if (unsent.Count > 0)
            throw new SendFailedException($"{unsent.Count} of {all.Count} buffered messages could not be sent: {all.Find(static m => m.Result.IsFaulted)!.Result.Exception!.InnerException!.Message}", unsent);
    }

    /// <summary>The host begins to stop: nothing waits for company any more.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _stopBegan ??= _surroundings.Now;
            foreach (SendBuffer buffer in _buffers.Values)
                buffer.Hasten();
        }
        return Task.CompletedTask;
    }

    /// <summary>All services have stopped: what is left goes out, in what is left of the time.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => StopOnceAsync(cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync() => await StopOnceAsync(CancellationToken.None);

    /// <summary>Blocks while what is left goes out, for the least time that the buffers are promised.</summary>
    public void Dispose() =>
        _surroundings.Block(_surroundings.Begin(this, static sender => sender.StopOnceAsync(new CancellationToken(canceled: true))), 2 * Least);

    private List<Measurement<long>> Counts()
    {
        lock (_lock)
            return [.. _buffers.Values.GroupBy(static b => b.Name).Select(static b => SenderMeters.Of(b.Key, (long)b.Sum(static b => b.Count)))];
    }

    private async Task StopOnceAsync(CancellationToken hurry)
    {
        TaskCompletionSource? stopped;
        SendBuffer[] buffers;
        TimeSpan began;
        lock (_lock)
        {
            stopped = _stopped;
            _stopped ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            buffers = [.. _buffers.Values];
            began = _stopBegan ?? _surroundings.Now;
        }
        if (stopped is not null)
        {
            await stopped.Task;
            return;
        }
        try
        {
            await StopAsync(buffers, began, hurry);
        }
        finally
        {
            _stopped.SetResult();
        }
    }

    /// <param name="hurry">The host has no more time: then the least that the buffers are promised is all they have.</param>
    private async Task StopAsync(SendBuffer[] buffers, TimeSpan began, CancellationToken hurry)
    {
        if (buffers.Length == 0)
            return;
        TimeSpan budget = _shutdownTimeout < TimeSpan.Zero || _shutdownTimeout > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1)
            : _shutdownTimeout > 2 * HostsShare ? _shutdownTimeout - HostsShare : _shutdownTimeout / 2;
        TimeSpan now = _surroundings.Now, left = began + budget - now;
        // The services may have used it up: what is left can go all the same while the host waits.
        TimeSpan least = _shutdownTimeout >= TimeSpan.Zero && _shutdownTimeout < Least ? _shutdownTimeout : Least;
        using ITimer end = _surroundings.Time.CreateTimer(static giveUp => ((CancellationTokenSource)giveUp!).Cancel(), _giveUp, left > least ? left : least, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration over = hurry.UnsafeRegister(
            _ =>
            {
                TimeSpan rest = now + least - _surroundings.Now;
                end.Change(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            },
            null);
        await Task.WhenAll(Array.ConvertAll(buffers, static b => b.StopAsync()));
        Array.ForEach(buffers, static b => b.Dispose());
    }

    private SendBuffer BufferOf(Draft draft, out bool isNew)
    {
        string url = draft.Queue.Facts.Url;
        isNew = false;
        lock (_lock)
        {
            if (_buffers.TryGetValue(url, out SendBuffer? known) && _stopped is null)
                return known;
        }
        // The client may be made by the application's code: not under the lock.
        SqsQueue queue = _queues.With(draft.QueueName, draft.Queue.Facts, _giveUp.Token);
        lock (_lock)
        {
            if (_stopped is not null)
                throw new InvalidOperationException("The host has stopped: the buffers accept nothing more.");
            if (!_buffers.TryGetValue(url, out SendBuffer? buffer))
            {
                isNew = true;
                _buffers[url] = buffer = new SendBuffer(queue, SendQueues.NameOf(url), _setup.SendBuffer, _surroundings, _logger, _giveUp.Token);
                if (_stopBegan is not null)
                    buffer.Hasten();
            }
            return buffer;
        }
    }

    private static async Task EndAsync(Buffered message)
    {
        try
        {
            await message.Result;
        }
        catch (SendFailedException)
        {
            // Looked at when all have ended.
        }
    }
}
