using Microsoft.Extensions.DependencyInjection;
using Zanshin.Testing.Runs;

namespace Zanshin.Testing;

/// <summary>
/// A handler's test as it is put together: what surrounds the handler, then one of the <c>Run</c> methods. Each run has services, queues and a worker of its own; the same
/// case may be run again. Not thread-safe while it is put together.
/// </summary>
/// <remarks>
/// On real time, the default, a handler may do and await anything. <see cref="OnVirtualTime"/> lets its waits pass at once; it then keeps to what
/// <see cref="VirtualTime"/> asks: waits take the injected <see cref="TimeProvider"/>, and nothing goes to the thread pool.
/// </remarks>
public sealed partial class HandlerCase
{
    private readonly Action<ZanshinBuilder> _configure;
    private readonly List<Action<IServiceCollection>> _services = [];
    private readonly LocalQueueOptions _queues = new() { MaxReceives = 1000 };
    private readonly MessageFacts _facts = new();
    private TrialTerms _terms = new() { Timeout = TrialTerms.TimeoutOn(TimeProvider.System) };
    private TimeSpan? _timeout;
    private bool _virtual;
    private VirtualTime? _time;
    private string? _queue;

    internal HandlerCase(Action<ZanshinBuilder> configure) => _configure = configure;

    /// <summary>Registers what the handler needs. Comes before the set-up, so that a handler or middleware registered here is the one that is used.</summary>
    public HandlerCase Services(Action<IServiceCollection> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _services.Add(configure);
        return this;
    }

    /// <summary>Which queue the message is in, where several have a handler for it.</summary>
    /// <param name="name">Its name.</param>
    public HandlerCase Queue(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _queue = name;
        return this;
    }

    /// <summary>The queue's redrive policy (<c>maxReceiveCount</c>): 1 to 1,000. Default 1,000.</summary>
    public HandlerCase MaxReceives(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1000);
        _queues.MaxReceives = count;
        return this;
    }

    /// <summary>Which receive it is, from 1, the default: the handler's <see cref="Message.Attempt"/>.</summary>
    public HandlerCase ReceiveCount(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _facts.ReceiveCount = count;
        return this;
    }

    /// <summary>The type name. Default: that of the handler which reads this body.</summary>
    public HandlerCase Type(string type)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        _facts.Type = type;
        return this;
    }

    /// <summary>The MessageGroupId. Default: none, on a FIFO queue <c>test</c>.</summary>
    public HandlerCase Group(string group)
    {
        _facts.Group = group;
        return this;
    }

    /// <summary>A message attribute.</summary>
    public HandlerCase Attribute(string name, string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(value);
        _facts.Attributes[name] = value;
        return this;
    }

    /// <summary>
    /// One of SQS's own attributes: <c>SentTimestamp</c>, <c>ApproximateFirstReceiveTimestamp</c> (milliseconds since 1970), <c>AWSTraceHeader</c>,
    /// <c>MessageDeduplicationId</c> or <c>DeadLetterQueueSourceArn</c>.
    /// </summary>
    /// <exception cref="ArgumentException">It is none of these, or no such value.</exception>
    public HandlerCase SystemAttribute(string name, string value)
    {
        _facts.SetSystemAttribute(name, value);
        return this;
    }

    /// <summary>How long it may take to the settlement: by default 30 s, on virtual time 13 hours of that.</summary>
    public HandlerCase Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        _timeout = timeout;
        return this;
    }

    /// <summary>
    /// Lets the handler's waits pass at once, and the worker's too: leases are extended meanwhile, time limits reached. The clock is injected as the <see cref="TimeProvider"/>.
    /// </summary>
    /// <param name="time">A clock of the test's own: outside of its <c>Run</c>, or inside. Default: a new one.</param>
    public HandlerCase OnVirtualTime(VirtualTime? time = null)
    {
        (_virtual, _time) = (true, time);
        return this;
    }

    /// <summary>The worker stops, and cancels its handlers at once, so long after the handler began.</summary>
    public HandlerCase StopAfter(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        _terms = _terms with { StopAfter = time };
        return this;
    }

    /// <summary>The lease is lost so long after the handler began: SQS refuses to extend it.</summary>
    public HandlerCase LoseLeaseAfter(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        _terms = _terms with { LoseLeaseAfter = time };
        return this;
    }

    /// <summary>Runs the handler that takes <typeparamref name="T"/>. The body is written and read again as its handler reads it, so a mistake there shows.</summary>
    /// <exception cref="HandlerTestException">The set-up has no handler for it, or several (name the queue or the type), or it has not ended in time.</exception>
    /// <exception cref="ZanshinConfigurationException">Something is wrong with the set-up.</exception>
    public Task<HandlerResult> RunAsync<T>(T body, CancellationToken cancel = default) =>
        RunOneAsync(setup => Choice.OfHandler(setup, _queue, _facts.Type, body), cancel);

    /// <summary>Runs a handler with a body as it stands in the queue, whatever that is.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public Task<HandlerResult> RunTextAsync(string text, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return RunOneAsync(setup => Choice.OfQueue(setup, _queue, _facts.Type, [text], batch: false), cancel);
    }

    /// <summary>Runs the batch handler that takes <typeparamref name="T"/>, once, with all of these.</summary>
    /// <param name="bodies">One or more, at most the batch's <c>max</c>.</param>
    /// <inheritdoc cref="RunAsync"/>
    public Task<BatchResult> RunBatchAsync<T>(IEnumerable<T> bodies, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(bodies);
        T[] all = [.. bodies];
        ArgumentOutOfRangeException.ThrowIfZero(all.Length, nameof(bodies));
        return RunBatchAsync(setup => Choice.OfBatch(setup, _queue, all), cancel);
    }

    /// <summary>Runs a batch handler, once, with bodies as they stand in the queue.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public Task<BatchResult> RunTextBatchAsync(IEnumerable<string> texts, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string[] all = [.. texts];
        ArgumentOutOfRangeException.ThrowIfZero(all.Length, nameof(texts));
        return RunBatchAsync(setup => Choice.OfQueue(setup, _queue, null, all, batch: true), cancel);
    }
}
