using Microsoft.Extensions.DependencyInjection;
using Zanshin.Handling;

namespace Zanshin.Pipeline;

/// <summary>The middleware of a worker, a queue and each of its handlers around that handler, composed once.</summary>
internal sealed class MessagePipeline
{
    private readonly IServiceScopeFactory _scopes;
    private readonly Dictionary<HandlerEntry, MessageDelegate> _byHandler;
    private readonly MessageDelegate _unhandled;

    /// <param name="middleware">Around what no handler can be given.</param>
    public MessagePipeline(IServiceScopeFactory scopes, IEnumerable<Layer<IMiddleware>> middleware, HandlerTable handlers)
    {
        _scopes = scopes;
        _byHandler = handlers.All.ToDictionary(static handler => handler, static handler => Layers.Compose(handler.Options.Middleware.Layers, (message, cancel) =>
        {
            message.Enter(handler.Name);
            return handler.InvokeAsync(message, cancel);
        }));
        _unhandled = Layers.Compose(middleware, static (message, _) => throw message.Problem!);
    }

    /// <summary>Runs the message in a DI scope of its own. Throws whatever came through all middleware.</summary>
    /// <param name="failed">Is told of that, inside of the scope.</param>
    public async ValueTask<Outcome> RunAsync(Func<IServiceProvider, Message> message, Routed routed, Func<Message[], Exception?, ValueTask>? failed, CancellationToken cancel)
    {
        await using AsyncServiceScope scope = _scopes.CreateAsyncScope();
        Message inScope = message(scope.ServiceProvider);
        MessageDelegate first = routed.Handler is { } handler ? _byHandler[handler] : _unhandled;
        try
        {
            return await first(inScope, cancel);
        }
        catch (Exception exception) when (failed is not null)
        {
            await failed([inScope], exception);
            throw;
        }
    }
}
