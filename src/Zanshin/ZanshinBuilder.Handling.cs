using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Zanshin.Pipeline;

namespace Zanshin;

/// <content>What holds for the handlers of all queues.</content>
public sealed partial class ZanshinBuilder
{
    /// <summary>
    /// Middleware around every handler of single messages, the first outermost, outside that of the queues and handlers. A queue takes out of it what it does not want
    /// with <see cref="QueueBuilder.Middleware"/>.
    /// </summary>
    public MiddlewareList<IMiddleware> Middleware => field ??= new(Services, "the worker's middleware");

    /// <summary>The same around every batch handler.</summary>
    public MiddlewareList<IBatchMiddleware> BatchMiddleware => field ??= new(Services, "the worker's middleware for batches");

    /// <summary>
    /// Further message attributes that may carry the type name, asked in this order where <see cref="TypeAttribute"/> is missing: those of other
    /// senders. On the receiving side only; sent is <see cref="TypeAttribute"/>.
    /// </summary>
    public IList<string> TypeAttributes { get; } = [];

    internal List<Layer<IFailureHandler>> FailureHandlers { get; } = [];

    /// <summary>
    /// Takes the class name that Shoryuken sends (message attribute <c>shoryuken_class</c>) for a type name, where a message has no other. It is only
    /// compared with the names of the handlers that were registered here: give a handler the Ruby class's name as its type name or as one of its
    /// <see cref="HandlerBuilder.Aliases"/>.
    /// </summary>
    public ZanshinBuilder UnderstandShoryuken()
    {
        if (!TypeAttributes.Contains("shoryuken_class"))
            TypeAttributes.Add("shoryuken_class");
        return this;
    }

    /// <summary>Middleware around every handler of single messages, in the order of the calls, outside that of the queues. Registered scoped unless it is already.</summary>
    public ZanshinBuilder Use<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
        where TMiddleware : class, IMiddleware
    {
        Middleware.Add<TMiddleware>();
        return this;
    }

    /// <summary>A function as middleware around every handler of single messages. Thread-safe.</summary>
    public ZanshinBuilder Use(Func<Message, MessageDelegate, CancellationToken, ValueTask<Outcome>> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        Middleware.Add(new FunctionMiddleware(middleware));
        return this;
    }

    /// <summary>Middleware around every batch handler, in the order of the calls, outside that of the queues. Registered scoped unless it is already.</summary>
    public ZanshinBuilder UseBatch<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
        where TMiddleware : class, IBatchMiddleware
    {
        BatchMiddleware.Add<TMiddleware>();
        return this;
    }

    /// <summary>A function as middleware around every batch handler. Thread-safe.</summary>
    public ZanshinBuilder UseBatch(Func<IReadOnlyList<Message>, BatchDelegate, CancellationToken, ValueTask<BatchOutcome>> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        BatchMiddleware.Add(new FunctionBatchMiddleware(middleware));
        return this;
    }

    /// <summary>Is told of every failure on every queue, in the order of the calls, before those of the queue. Registered scoped unless it is already.</summary>
    public ZanshinBuilder OnFailure<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IFailureHandler
    {
        Services.TryAddScoped<THandler>();
        FailureHandlers.Add(new(typeof(THandler).Name, static services => services.GetRequiredService<THandler>()));
        return this;
    }

    /// <summary>A function that is told of every failure on every queue. Thread-safe.</summary>
    public ZanshinBuilder OnFailure(Func<Failure, CancellationToken, ValueTask> handle)
    {
        FailureHandlers.Add(FunctionFailureHandler.Layer(handle));
        return this;
    }
}
