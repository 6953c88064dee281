using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Zanshin.Pipeline;

namespace Zanshin;

/// <content>What goes around this queue's handlers.</content>
public sealed partial class QueueBuilder
{
    /// <summary>
    /// The middleware around this queue's handlers of single messages: begins with all of the worker's. What is added goes inside of that; what is removed or cleared
    /// is not called for this queue.
    /// </summary>
    public MiddlewareList<IMiddleware> Middleware => field ??= new(_worker.Services, $"the middleware of queue '{Name}'", _worker.Middleware);

    /// <summary>The same around its batch handler.</summary>
    public MiddlewareList<IBatchMiddleware> BatchMiddleware => field ??= new(_worker.Services, $"the middleware for batches of queue '{Name}'", _worker.BatchMiddleware);

    internal List<Layer<IFailureHandler>> FailureHandlers { get; } = [];

    /// <summary>Middleware for this queue's single messages, inside the worker's own, in the order of the calls. Registered scoped unless it is already.</summary>
    public QueueBuilder Use<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
        where TMiddleware : class, IMiddleware
    {
        Middleware.Add<TMiddleware>();
        return this;
    }

    /// <summary>A function as middleware for this queue's single messages. Thread-safe.</summary>
    public QueueBuilder Use(Func<Message, MessageDelegate, CancellationToken, ValueTask<Outcome>> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        Middleware.Add(new FunctionMiddleware(middleware));
        return this;
    }

    /// <summary>Middleware around this queue's batch handler, inside the worker's own, in the order of the calls. Registered scoped unless it is already.</summary>
    public QueueBuilder UseBatch<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
        where TMiddleware : class, IBatchMiddleware
    {
        BatchMiddleware.Add<TMiddleware>();
        return this;
    }

    /// <summary>A function as middleware around this queue's batch handler. Thread-safe.</summary>
    public QueueBuilder UseBatch(Func<IReadOnlyList<Message>, BatchDelegate, CancellationToken, ValueTask<BatchOutcome>> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        BatchMiddleware.Add(new FunctionBatchMiddleware(middleware));
        return this;
    }

    /// <summary>Is told of every failure on this queue, after those of the worker. Registered scoped unless it is already.</summary>
    public QueueBuilder OnFailure<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IFailureHandler
    {
        _worker.Services.TryAddScoped<THandler>();
        FailureHandlers.Add(new(typeof(THandler).Name, static services => services.GetRequiredService<THandler>()));
        return this;
    }

    /// <summary>A function that is told of every failure on this queue. Thread-safe.</summary>
    public QueueBuilder OnFailure(Func<Failure, CancellationToken, ValueTask> handle)
    {
        FailureHandlers.Add(FunctionFailureHandler.Layer(handle));
        return this;
    }
}
