using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Zanshin.Handling;

namespace Zanshin;

/// <content>The handlers.</content>
public sealed partial class QueueBuilder
{
    /// <summary>What bodies come in on this queue; null, the default, for nothing. Handlers read what is inside; it may give them their type name.</summary>
    public Envelope? Envelope { get; set; }

    internal List<(string? Type, HandlerEntry Handler)> Handlers { get; } = [];

    /// <summary>Under all names, aliases included.</summary>
    internal IEnumerable<(string Type, HandlerEntry Handler)> HandlersByType => Handlers.SelectMany(
        static h => (h.Type is null ? [] : (IEnumerable<string>)[h.Type]).Concat(h.Handler.Options.Aliases).Distinct().Select(type => (type, h.Handler)));

    internal List<BatchEntry> Batches { get; } = [];

    /// <summary>Messages of this type name go to a handler class, resolved from the message's DI scope (registered scoped unless it is already).</summary>
    /// <param name="type">The type name that the sender set.</param>
    /// <param name="body">How the body is read; a <c>JsonTypeInfo</c> will do.</param>
    /// <param name="configure">What is different for this handler: its time limit, retries, middleware and so on.</param>
    public QueueBuilder Handle<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        string type, BodyReader<T> body, Action<HandlerBuilder<IMiddleware>>? configure = null)
        where THandler : class, IHandle<T>
    {
        ArgumentNullException.ThrowIfNull(type);
        return AddClass<T, THandler>(type, body, configure);
    }

    /// <summary>
    /// Messages of the type name in the class's <see cref="HandlerAttribute"/> go to it; without one there, all messages that no named handler takes.
    /// </summary>
    /// <inheritdoc cref="Handle{T, THandler}(string, BodyReader{T}, Action{HandlerBuilder{IMiddleware}})"/>
    public QueueBuilder Handle<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        BodyReader<T> body, Action<HandlerBuilder<IMiddleware>>? configure = null)
        where THandler : class, IHandle<T> => AddClass<T, THandler>(null, body, configure);

    /// <summary>Messages of this type name go to a function.</summary>
    public QueueBuilder Handle<T>(
        string type, BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle, Action<HandlerBuilder<IMiddleware>>? configure = null) =>
        Add(type, body, Function<T>(), handle, null, configure);

    /// <summary>All messages that no named handler takes go to a function.</summary>
    public QueueBuilder Handle<T>(
        BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle, Action<HandlerBuilder<IMiddleware>>? configure = null) =>
        Add(null, body, Function<T>(), handle, null, configure);

    /// <summary>Messages of this type name go to a function; its return is <see cref="Outcome.Done"/>.</summary>
    public QueueBuilder Handle<T>(
        string type, BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask> handle, Action<HandlerBuilder<IMiddleware>>? configure = null) =>
        Add(type, body, Function<T>(), Done(handle), null, configure);

    /// <summary>All messages that no named handler takes go to a function; its return is <see cref="Outcome.Done"/>.</summary>
    public QueueBuilder Handle<T>(
        BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask> handle, Action<HandlerBuilder<IMiddleware>>? configure = null) =>
        Add(null, body, Function<T>(), Done(handle), null, configure);

    /// <summary>
    /// The queue's messages go to a handler class in batches, whatever their type name; it is the queue's only handler. A batch takes one
    /// slot. Resolved from the batch's DI scope (registered scoped unless it is already).
    /// </summary>
    /// <param name="body">How the bodies are read; a <c>JsonTypeInfo</c> will do.</param>
    /// <param name="max">Most messages of a batch: 1 to 1,000; default 10, what one receive brings.</param>
    /// <param name="gather">
    /// How long the first message of a batch waits for others, leased: 0 to 1 hour. Default 0: a free slot takes what is there.
    /// </param>
    /// <param name="configure">What is different for this handler: its time limit, retries, middleware and so on.</param>
    public QueueBuilder HandleBatch<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        BodyReader<T> body, int max = SqsLimits.Batch, TimeSpan gather = default, Action<HandlerBuilder<IBatchMiddleware>>? configure = null)
        where THandler : class, IHandleBatch<T>
    {
        _worker.Services.TryAddScoped<THandler>();
        return AddBatch(
            body, static (batch, services, cancel) => services.GetRequiredService<THandler>().HandleAsync(batch, cancel), max, gather, typeof(THandler).Name,
            typeof(THandler).GetCustomAttribute<HandlerAttribute>(inherit: true), configure);
    }

    /// <summary>The queue's messages go to a function in batches, whatever their type name; it is the queue's only handler.</summary>
    /// <inheritdoc cref="HandleBatch{T, THandler}(BodyReader{T}, int, TimeSpan, Action{HandlerBuilder{IBatchMiddleware}})"/>
    public QueueBuilder HandleBatch<T>(
        BodyReader<T> body, Func<IReadOnlyList<Message<T>>, IServiceProvider, CancellationToken, ValueTask<BatchOutcome>> handle,
        int max = SqsLimits.Batch, TimeSpan gather = default, Action<HandlerBuilder<IBatchMiddleware>>? configure = null) =>
        AddBatch(body, handle, max, gather, Function<T>(), null, configure);

    private QueueBuilder AddClass<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        string? type, BodyReader<T> body, Action<HandlerBuilder<IMiddleware>>? configure)
        where THandler : class, IHandle<T>
    {
        _worker.Services.TryAddScoped<THandler>();
        return Add<T>(
            type, body, typeof(THandler).Name, static (message, services, cancel) => services.GetRequiredService<THandler>().HandleAsync(message, cancel),
            typeof(THandler).GetCustomAttribute<HandlerAttribute>(inherit: true), configure);
    }

    private QueueBuilder Add<T>(
        string? type, BodyReader<T> body, string name, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle,
        HandlerAttribute? attribute, Action<HandlerBuilder<IMiddleware>>? configure)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(handle);
        var options = new HandlerBuilder<IMiddleware>(_worker.Services, name, Middleware);
        options.Apply(attribute);
        configure?.Invoke(options);
        Handlers.Add((type ?? attribute?.Type, new HandlerEntry<T>(body, handle, name, options)));
        return this;
    }

    private QueueBuilder AddBatch<T>(
        BodyReader<T> body, Func<IReadOnlyList<Message<T>>, IServiceProvider, CancellationToken, ValueTask<BatchOutcome>> handle, int max, TimeSpan gather,
        string name, HandlerAttribute? attribute, Action<HandlerBuilder<IBatchMiddleware>>? configure)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(handle);
        var options = new HandlerBuilder<IBatchMiddleware>(_worker.Services, name, BatchMiddleware);
        options.Apply(attribute);
        configure?.Invoke(options);
        Batches.Add(new BatchEntry<T>(body, handle, max, gather, name, options));
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
