using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin;

/// <summary>The same, with the handler's own middleware: <see cref="IMiddleware"/>, or <see cref="IBatchMiddleware"/> for a batch handler.</summary>
public sealed class HandlerBuilder<TMiddleware> : HandlerBuilder
    where TMiddleware : class
{
    internal HandlerBuilder(IServiceCollection services, string handler, MiddlewareList<TMiddleware> queue) =>
        Middleware = new(services, $"the middleware of {handler}", queue);

    /// <summary>The middleware around this handler: begins with all of its queue's. What is added goes inside of that.</summary>
    public MiddlewareList<TMiddleware> Middleware { get; }

    /// <summary>Adds middleware around this handler only, inside that of the queue. Registered scoped unless it is already.</summary>
    public HandlerBuilder<TMiddleware> Use<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TNew : class, TMiddleware
    {
        Middleware.Add<TNew>();
        return this;
    }
}
