using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Testing;

/// <summary>
/// Runs one handler with one message, from the receive to the settlement: by a real worker on a queue in this process, so middleware, DI scope, body, routing, time
/// limit, lease and policies are those of production. What the handler sends is recorded, and not delivered. For any test framework.
/// </summary>
/// <example><code>
/// Outcome outcome = await HandlerTest.RunAsync&lt;PlaceOrder, OrderPlaced&gt;(order, receiveCount: 4);
/// HandlerResult result = await HandlerTest.For(z => Shop.Configure(z)).Services(s => s.AddSingleton(stock)).RunAsync(order);
/// </code></example>
public static class HandlerTest
{
    private const string Reflection = "Without a body reader the body's JSON is written and read by reflection. Pass a JsonTypeInfo, or Body.Text and so on.";

    /// <summary>A test with an application's own set-up; the handler is chosen by the body's type.</summary>
    public static HandlerCase For(Action<ZanshinBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return new HandlerCase(configure);
    }

    /// <summary>A test of one handler class, on a queue named <c>test</c>.</summary>
    /// <param name="body">How the body is read; a <c>JsonTypeInfo</c> will do.</param>
    /// <param name="queue">The queue's other settings: its retries, its middleware, what is rejected.</param>
    public static HandlerCase For<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>(BodyReader<T> body, Action<QueueBuilder>? queue = null)
        where THandler : class, IHandle<T>
    {
        ArgumentNullException.ThrowIfNull(body);
        return new HandlerCase(z => z.Queue("test", q =>
        {
            q.Handle<T, THandler>(body);
            queue?.Invoke(q);
        }));
    }

    /// <summary>A test of one handler class of bodies as .NET writes and reads them by default: JSON; text where <typeparamref name="T"/> is a string, base64 where it is bytes.</summary>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static HandlerCase For<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>()
        where THandler : class, IHandle<T> => For<THandler, T>(Default<T>());

    /// <summary>Runs one handler class.</summary>
    /// <param name="body">The message's body.</param>
    /// <param name="reader">How it is read; a <c>JsonTypeInfo</c> will do.</param>
    /// <param name="receiveCount">Which receive it is, from 1.</param>
    /// <param name="services">Registers what the handler needs.</param>
    public static Task<HandlerResult> RunAsync<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>(
        T body, BodyReader<T> reader, int receiveCount = 1, Action<IServiceCollection>? services = null, CancellationToken cancel = default)
        where THandler : class, IHandle<T> => For<THandler, T>(reader).Services(services ?? Nothing).ReceiveCount(receiveCount).RunAsync(body, cancel);

    /// <summary>Runs one handler class of bodies as .NET writes and reads them by default.</summary>
    /// <inheritdoc cref="RunAsync{THandler, T}(T, BodyReader{T}, int, Action{IServiceCollection}?, CancellationToken)"/>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static Task<HandlerResult> RunAsync<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>(T body, int receiveCount = 1, Action<IServiceCollection>? services = null, CancellationToken cancel = default)
        where THandler : class, IHandle<T> => RunAsync<THandler, T>(body, Default<T>(), receiveCount, services, cancel);

    /// <summary>A test of one batch handler class, on a queue named <c>test</c>, with batches of up to 1,000.</summary>
    /// <param name="body">How the bodies are read; a <c>JsonTypeInfo</c> will do.</param>
    /// <param name="queue">The queue's other settings.</param>
    public static HandlerCase ForBatch<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>(BodyReader<T> body, Action<QueueBuilder>? queue = null)
        where THandler : class, IHandleBatch<T>
    {
        ArgumentNullException.ThrowIfNull(body);
        return new HandlerCase(z => z.Queue("test", q =>
        {
            q.HandleBatch<T, THandler>(body, max: 1000);
            queue?.Invoke(q);
        }));
    }

    /// <summary>Runs one batch handler class, once, with all of these.</summary>
    /// <param name="bodies">1 to 1,000.</param>
    /// <param name="reader">How they are read; a <c>JsonTypeInfo</c> will do.</param>
    /// <param name="services">Registers what the handler needs.</param>
    public static Task<BatchResult> RunBatchAsync<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>(
        IEnumerable<T> bodies, BodyReader<T> reader, Action<IServiceCollection>? services = null, CancellationToken cancel = default)
        where THandler : class, IHandleBatch<T> => ForBatch<THandler, T>(reader).Services(services ?? Nothing).RunBatchAsync(bodies, cancel);

    /// <summary>Runs one batch handler class of bodies as .NET writes and reads them by default.</summary>
    /// <inheritdoc cref="RunBatchAsync{THandler, T}(IEnumerable{T}, BodyReader{T}, Action{IServiceCollection}?, CancellationToken)"/>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static Task<BatchResult> RunBatchAsync<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>(IEnumerable<T> bodies, Action<IServiceCollection>? services = null, CancellationToken cancel = default)
        where THandler : class, IHandleBatch<T> => RunBatchAsync<THandler, T>(bodies, Default<T>(), services, cancel);

    private static void Nothing(IServiceCollection services)
    {
    }

    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    private static BodyReader<T> Default<T>() =>
        Body.Text as BodyReader<T> ?? Body.Bytes as BodyReader<T> ?? Body.Json((JsonTypeInfo<T>)JsonSerializerOptions.Default.GetTypeInfo(typeof(T)));
}
