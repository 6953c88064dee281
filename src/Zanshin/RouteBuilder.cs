using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin;

/// <summary>One route of the sending side: what is different for its messages.</summary>
public sealed class RouteBuilder
{
    internal RouteBuilder(IServiceCollection services, string body, MiddlewareList<ISendMiddleware> senders) =>
        SendMiddleware = new(services, $"the send middleware of the route of {body}", senders);

    /// <summary>The send middleware of this route's messages: the sender's, with the changes that are made here.</summary>
    public MiddlewareList<ISendMiddleware> SendMiddleware { get; }

    internal bool CarriesLongDelays { get; private set; }

    /// <summary>Adds send middleware for this route's messages, inside the sender's own, in the order of the calls. Registered scoped unless it is already.</summary>
    public RouteBuilder UseSend<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
        where TMiddleware : class, ISendMiddleware
    {
        SendMiddleware.Add<TMiddleware>();
        return this;
    }

    /// <inheritdoc cref="ZanshinBuilder.CarryLongDelays"/>
    public RouteBuilder CarryLongDelays()
    {
        CarriesLongDelays = true;
        return this;
    }
}
