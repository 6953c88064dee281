using Microsoft.Extensions.DependencyInjection;
using Zanshin.Handling;

namespace Zanshin.Pipeline;

/// <summary>The middleware of a worker and of one queue around its handlers, composed once.</summary>
internal sealed class MessagePipeline(IServiceScopeFactory scopes, IEnumerable<Layer<IMiddleware>> middleware, HandlerTable handlers, IReadOnlyList<CarriedValue> carried)
{
    private readonly MessageDelegate _first = Layers.Compose(middleware, handlers.HandleAsync);

    /// <summary>Runs the message in a DI scope of its own. Throws whatever came through all middleware.</summary>
    public async ValueTask<Outcome> RunAsync(Func<IServiceProvider, Message> message, CancellationToken cancel)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        Message inScope = message(scope.ServiceProvider);
        // In this method's own flow: what is set in an AsyncLocal ends with it.
        AmbientValues.Restore(carried, inScope);
        return await _first(inScope, cancel);
    }
}
