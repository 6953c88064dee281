using System.Text.Json.Serialization.Metadata;

namespace Zanshin;

/// <content>Functions as handlers of JSON: so that the type need not be named, which is not inferred through a conversion.</content>
public sealed partial class QueueBuilder
{
    /// <inheritdoc cref="Handle{T}(string, BodyReader{T}, Func{Message{T}, IServiceProvider, CancellationToken, ValueTask{Outcome}}, Action{HandlerBuilder{IMiddleware}}?)"/>
    public QueueBuilder Handle<T>(
        string type, JsonTypeInfo<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle, Action<HandlerBuilder<IMiddleware>>? configure = null) =>
        Handle(type, Body.Json(body), handle, configure);

    /// <inheritdoc cref="Handle{T}(string, BodyReader{T}, Func{Message{T}, IServiceProvider, CancellationToken, ValueTask}, Action{HandlerBuilder{IMiddleware}}?)"/>
    public QueueBuilder Handle<T>(
        string type, JsonTypeInfo<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask> handle, Action<HandlerBuilder<IMiddleware>>? configure = null) =>
        Handle(type, Body.Json(body), handle, configure);

    /// <inheritdoc cref="Handle{T}(BodyReader{T}, Func{Message{T}, IServiceProvider, CancellationToken, ValueTask{Outcome}}, Action{HandlerBuilder{IMiddleware}}?)"/>
    public QueueBuilder Handle<T>(
        JsonTypeInfo<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle, Action<HandlerBuilder<IMiddleware>>? configure = null) =>
        Handle(Body.Json(body), handle, configure);

    /// <inheritdoc cref="Handle{T}(BodyReader{T}, Func{Message{T}, IServiceProvider, CancellationToken, ValueTask}, Action{HandlerBuilder{IMiddleware}}?)"/>
    public QueueBuilder Handle<T>(
        JsonTypeInfo<T> body, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask> handle, Action<HandlerBuilder<IMiddleware>>? configure = null) =>
        Handle(Body.Json(body), handle, configure);

    /// <inheritdoc cref="HandleBatch{T}(BodyReader{T}, Func{IReadOnlyList{Message{T}}, IServiceProvider, CancellationToken, ValueTask{BatchOutcome}}, int, TimeSpan, Action{HandlerBuilder{IBatchMiddleware}}?)"/>
    public QueueBuilder HandleBatch<T>(
        JsonTypeInfo<T> body, Func<IReadOnlyList<Message<T>>, IServiceProvider, CancellationToken, ValueTask<BatchOutcome>> handle,
        int max = SqsLimits.Batch, TimeSpan gather = default, Action<HandlerBuilder<IBatchMiddleware>>? configure = null) =>
        HandleBatch(Body.Json(body), handle, max, gather, configure);
}
