using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Zanshin.Handling;
using Zanshin.Pipeline;

namespace Zanshin;

/// <summary>One queue of a worker: its handlers, options and middleware. Mistakes are found at the host's start, all at once.</summary>
public sealed partial class QueueBuilder
{
    private readonly IServiceCollection _services;

    internal QueueBuilder(string name, IServiceCollection services) => (Name, _services) = (name, services);

    /// <summary>The queue's name, URL or ARN, as it was given.</summary>
    public string Name { get; }

    public QueueOptions Options { get; } = new();

    /// <inheritdoc cref="QueueOptions.Visibility"/>
    public TimeSpan? Visibility
    {
        get => Options.Visibility;
        set => Options.Visibility = value;
    }

    /// <inheritdoc cref="QueueOptions.WaitTime"/>
    public TimeSpan WaitTime
    {
        get => Options.WaitTime;
        set => Options.WaitTime = value;
    }

    /// <inheritdoc cref="QueueOptions.TimeLimit"/>
    public TimeSpan? TimeLimit
    {
        get => Options.TimeLimit;
        set => Options.TimeLimit = value;
    }

    /// <inheritdoc cref="QueueOptions.StuckAfter"/>
    public TimeSpan StuckAfter
    {
        get => Options.StuckAfter;
        set => Options.StuckAfter = value;
    }

    /// <inheritdoc cref="QueueOptions.Reject"/>
    public RejectPolicy Reject
    {
        get => Options.Reject;
        set => Options.Reject = value;
    }

    internal List<(string? Type, HandlerEntry Handler)> Handlers { get; } = [];

    internal List<BatchEntry> Batches { get; } = [];

    internal List<Layer<IMiddleware>> Middleware { get; } = [];

    internal List<Layer<IBatchMiddleware>> BatchMiddleware { get; } = [];

    internal Backoff RetrySchedule { get; private set; } = Backoff.Standard;

    internal List<Type> RejectTypes { get; } = [];

    /// <summary>Messages of this type name go to a handler class, resolved from the message's DI scope (registered scoped unless it is already).</summary>
    /// <param name="type">The type name that the sender set.</param>
    /// <param name="body">How the body is read; a <c>JsonTypeInfo</c> will do.</param>
    public QueueBuilder Handle<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(string type, BodyReader<T> body)
        where THandler : class, IHandle<T>
    {
        _services.TryAddScoped<THandler>();
        return Add<T>(type, body, typeof(THandler).Name, static (message, services, cancel) => services.GetRequiredService<THandler>().HandleAsync(message, cancel));
    }

    /// <summary>All messages that no named handler takes go to this handler class.</summary>
    public QueueBuilder Handle<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(BodyReader<T> body)
        where THandler : class, IHandle<T>
    {
        _services.TryAddScoped<THandler>();
        return Add<T>(null, body, typeof(THandler).Name, static (message, services, cancel) => services.GetRequiredService<THandler>().HandleAsync(message, cancel));
    }

    /// <summary>Messages of this type name go to a function.</summary>
    public QueueBuilder Handle<T>(string type, BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle) =>
        Add(type, body, Function<T>(), handle);

    /// <summary>All messages that no named handler takes go to a function.</summary>
    public QueueBuilder Handle<T>(BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle) =>
        Add(null, body, Function<T>(), handle);

    /// <summary>Messages of this type name go to a function; its return is <see cref="Outcome.Done"/>.</summary>
    public QueueBuilder Handle<T>(string type, BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask> handle) =>
        Add(type, body, Function<T>(), Done(handle));

    /// <summary>All messages that no named handler takes go to a function; its return is <see cref="Outcome.Done"/>.</summary>
    public QueueBuilder Handle<T>(BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask> handle) =>
        Add(null, body, Function<T>(), Done(handle));

    /// <summary>
    /// The queue's messages go to a handler class in batches, whatever their type name; it is the queue's only handler. A batch takes one
    /// slot. Resolved from the batch's DI scope (registered scoped unless it is already).
    /// </summary>
    /// <param name="body">How the bodies are read; a <c>JsonTypeInfo</c> will do.</param>
    /// <param name="max">Most messages of a batch: 1 to 1,000; default 10, what one receive brings.</param>
    /// <param name="gather">
    /// How long the first message of a batch waits for others, leased: 0 to 1 hour. Default 0: a free slot takes what is there.
    /// </param>
    public QueueBuilder HandleBatch<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        BodyReader<T> body, int max = SqsLimits.Batch, TimeSpan gather = default)
        where THandler : class, IHandleBatch<T>
    {
        ArgumentNullException.ThrowIfNull(body);
        _services.TryAddScoped<THandler>();
        Batches.Add(new BatchEntry<T>(
            body, static (batch, services, cancel) => services.GetRequiredService<THandler>().HandleAsync(batch, cancel), max, gather, typeof(THandler).Name));
        return this;
    }

    /// <summary>The queue's messages go to a function in batches, whatever their type name; it is the queue's only handler.</summary>
    /// <inheritdoc cref="HandleBatch{T, THandler}(BodyReader{T}, int, TimeSpan)"/>
    public QueueBuilder HandleBatch<T>(
        BodyReader<T> body, Func<IReadOnlyList<Message<T>>, IServiceProvider, CancellationToken, ValueTask<BatchOutcome>> handle,
        int max = SqsLimits.Batch, TimeSpan gather = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(handle);
        Batches.Add(new BatchEntry<T>(body, handle, max, gather, Function<T>()));
        return this;
    }

    /// <summary>Middleware for this queue's single messages, inside the worker's own, in the order of the calls. Registered scoped unless it is already.</summary>
    public QueueBuilder Use<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
        where TMiddleware : class, IMiddleware
    {
        _services.TryAddScoped<TMiddleware>();
        Middleware.Add(new(typeof(TMiddleware).Name, static services => services.GetRequiredService<TMiddleware>()));
        return this;
    }

    /// <summary>Middleware around this queue's batch handler, inside the worker's own, in the order of the calls. Registered scoped unless it is already.</summary>
    public QueueBuilder UseBatch<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
        where TMiddleware : class, IBatchMiddleware
    {
        _services.TryAddScoped<TMiddleware>();
        BatchMiddleware.Add(new(typeof(TMiddleware).Name, static services => services.GetRequiredService<TMiddleware>()));
        return this;
    }

    /// <summary>When a message that failed, or that asked for a retry without a delay, comes again. Default <see cref="Backoff.Standard"/>.</summary>
    public QueueBuilder Retry(Backoff schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        RetrySchedule = schedule;
        return this;
    }

    /// <summary>This exception, or one derived from it, rejects its message instead of retrying it.</summary>
    public QueueBuilder RejectOn<TException>()
        where TException : Exception
    {
        RejectTypes.Add(typeof(TException));
        return this;
    }

    private QueueBuilder Add<T>(string? type, BodyReader<T> body, string name, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(handle);
        Handlers.Add((type, new HandlerEntry<T>(body, handle, name)));
        return this;
    }

    private static string Function<T>() => $"the function for {typeof(T).Name}";

    private static Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> Done<T>(
        Func<Message<T>, IServiceProvider, CancellationToken, ValueTask> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return async (message, services, cancel) =>
        {
            await handle(message, services, cancel);
            return Outcome.Done;
        };
    }
}
