using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using Zanshin.Sending;

namespace Zanshin;

/// <content>The sending side.</content>
public sealed partial class ZanshinBuilder
{
    /// <summary>
    /// Middleware through which every message passes before it is sent, outside that of the routes. The body is written before, ambient values
    /// and trace context are added after all of it.
    /// </summary>
    public MiddlewareList<ISendMiddleware> SendMiddleware => field ??= new(Services, "the send middleware");

    internal SendBufferOptions SendBuffer { get; } = new();

    internal bool CarriesLongDelays { get; private set; }

    internal List<CarriedValue> Carried { get; } = [];

    /// <summary>Adds send middleware, in the order of the calls, outside that of the routes. Registered scoped unless it is already.</summary>
    public ZanshinBuilder UseSend<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
        where TMiddleware : class, ISendMiddleware
    {
        SendMiddleware.Add<TMiddleware>();
        return this;
    }

    /// <summary>Where <see cref="ISender"/> sends a <typeparamref name="T"/>, and under which type name.</summary>
    /// <param name="queue">The queue's name, URL or ARN.</param>
    /// <param name="type">The type name that the handler on the other side has; null for none.</param>
    /// <param name="configure">What is different for this route's messages.</param>
    public ZanshinBuilder Route<T>(string queue, string? type, BodyReader<T> body, Action<RouteBuilder> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(queue);
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new RouteBuilder(Services, typeof(T).Name, SendMiddleware);
        configure(options);
        Routes.Add(new Route<T>(queue, type, body, options));
        return this;
    }

    /// <inheritdoc cref="Route{T}(string, string?, BodyReader{T}, Action{RouteBuilder})"/>
    public ZanshinBuilder Route<T>(string queue, string? type, JsonTypeInfo<T> body, Action<RouteBuilder> configure) => Route(queue, type, Body.Json(body), configure);

    /// <summary>
    /// Delays over 15 minutes, the most that SQS has, are carried by hops: the message is sent with 15 minutes and its due time in the attribute
    /// <c>zanshin-due</c>; a worker that receives it before sends it again with what is left, deletes the old one and runs no handler. Only for
    /// standard queues that a Zanshin worker works: any other consumer would take it for due.
    /// </summary>
    public ZanshinBuilder CarryLongDelays()
    {
        CarriesLongDelays = true;
        return this;
    }

    /// <summary>The bounds and times of <see cref="IBufferedSender"/>, which is there without this too.</summary>
    public ZanshinBuilder BufferSends(Action<SendBufferOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(SendBuffer);
        return this;
    }

    /// <summary>
    /// A named value goes along with every message: read where it is sent, in the caller's flow, and given back around its handler. All together
    /// take one message attribute, <c>zanshin-ambient</c>, of at most 2 KiB.
    /// </summary>
    /// <param name="name">Its name on both sides.</param>
    /// <param name="read">Called for each message that is sent; null for none. What it throws goes to whoever sends.</param>
    /// <param name="restore">
    /// Called in the message's flow and with its DI scope before its middleware and handler, with null where the message has no such value. What
    /// it sets in an <c>AsyncLocal</c> ends with the message. Not called for batches, whose messages differ: <see cref="Message.Ambient"/> tells.
    /// </param>
    public ZanshinBuilder Carry(string name, Func<string?> read, Action<string?, IServiceProvider> restore)
    {
        ArgumentNullException.ThrowIfNull(restore);
        return Add(name, read, restore);
    }

    /// <inheritdoc cref="Carry(string, Func{string?}, Action{string?, IServiceProvider})"/>
    public ZanshinBuilder Carry(string name, Func<string?> read, Action<string?> restore)
    {
        ArgumentNullException.ThrowIfNull(restore);
        return Add(name, read, (value, _) => restore(value));
    }

    /// <summary>The same for a value that its handler asks for: <see cref="Message.Ambient"/>.</summary>
    public ZanshinBuilder Carry(string name, Func<string?> read) => Add(name, read, null);

    private ZanshinBuilder Add(string name, Func<string?> read, Action<string?, IServiceProvider>? restore)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(read);
        Carried.Add(new CarriedValue(name, read, restore));
        return this;
    }
}
