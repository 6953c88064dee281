using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Zanshin.Handling;

namespace Zanshin;

/// <summary>One queue of a worker: its handlers, options and middleware. Mistakes are found at the host's start, all at once.</summary>
public sealed class QueueBuilder
{
    private readonly IServiceCollection _services;

    internal QueueBuilder(string name, IServiceCollection services) => (Name, _services) = (name, services);

    /// <summary>The queue's name, or its URL.</summary>
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

    /// <inheritdoc cref="QueueOptions.Reject"/>
    public RejectPolicy Reject
    {
        get => Options.Reject;
        set => Options.Reject = value;
    }

    internal List<(string? Type, HandlerEntry Handler)> Handlers { get; } = [];

    internal List<Func<IServiceProvider, IMiddleware>> Middleware { get; } = [];

    internal Backoff RetrySchedule { get; private set; } = Backoff.Standard;

    internal List<Type> RejectTypes { get; } = [];

    /// <summary>Messages of this type name go to a handler class, resolved from the message's DI scope (registered scoped unless it is already).</summary>
    /// <param name="type">The type name that the sender set.</param>
    /// <param name="body">How the body is read; a <c>JsonTypeInfo</c> will do.</param>
    public QueueBuilder Handle<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(string type, BodyReader<T> body)
        where THandler : class, IHandle<T>
    {
        _services.TryAddScoped<THandler>();
        return Add<T>(type, body, static (message, services, cancel) => services.GetRequiredService<THandler>().HandleAsync(message, cancel));
    }

    /// <summary>All messages that no named handler takes go to this handler class.</summary>
    public QueueBuilder Handle<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(BodyReader<T> body)
        where THandler : class, IHandle<T>
    {
        _services.TryAddScoped<THandler>();
        return Add<T>(null, body, static (message, services, cancel) => services.GetRequiredService<THandler>().HandleAsync(message, cancel));
    }

    /// <summary>Messages of this type name go to a function.</summary>
    public QueueBuilder Handle<T>(string type, BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle) =>
        Add(type, body, handle);

    /// <summary>All messages that no named handler takes go to a function.</summary>
    public QueueBuilder Handle<T>(BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle) =>
        Add(null, body, handle);

    /// <summary>Messages of this type name go to a function; its return is <see cref="Outcome.Done"/>.</summary>
    public QueueBuilder Handle<T>(string type, BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask> handle) =>
        Add(type, body, Done(handle));

    /// <summary>All messages that no named handler takes go to a function; its return is <see cref="Outcome.Done"/>.</summary>
    public QueueBuilder Handle<T>(BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask> handle) =>
        Add(null, body, Done(handle));

    /// <summary>Middleware for this queue, inside the worker's own, in the order of the calls. Registered scoped unless it is already.</summary>
    public QueueBuilder Use<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
        where TMiddleware : class, IMiddleware
    {
        _services.TryAddScoped<TMiddleware>();
        Middleware.Add(static services => services.GetRequiredService<TMiddleware>());
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

    private QueueBuilder Add<T>(string? type, BodyReader<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(handle);
        Handlers.Add((type, new HandlerEntry<T>(body, handle)));
        return this;
    }

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
