using Microsoft.Extensions.DependencyInjection;
using Zanshin.Handling;

namespace Zanshin.Pipeline;

/// <summary>The middleware of a worker and of one queue around its handlers, composed once.</summary>
internal sealed class MessagePipeline
{
    private readonly IServiceScopeFactory _scopes;
    private readonly MessageDelegate _first;

    public MessagePipeline(IServiceScopeFactory scopes, IEnumerable<Func<IServiceProvider, IMiddleware>> middleware, HandlerTable handlers)
    {
        _scopes = scopes;
        MessageDelegate next = handlers.HandleAsync;
        foreach (Func<IServiceProvider, IMiddleware> resolve in middleware.Reverse())
        {
            MessageDelegate rest = next;
            next = (message, cancel) => resolve(message.Services).InvokeAsync(message, rest, cancel);
        }
        _first = next;
    }

    /// <summary>Runs the message in a DI scope of its own. Throws whatever came through all middleware.</summary>
    public async ValueTask<Outcome> RunAsync(Func<IServiceProvider, Message> message, CancellationToken cancel)
    {
        await using AsyncServiceScope scope = _scopes.CreateAsyncScope();
        return await _first(message(scope.ServiceProvider), cancel);
    }
}
