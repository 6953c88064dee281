using Microsoft.Extensions.DependencyInjection;
using Zanshin.Handling;

namespace Zanshin.Pipeline;

/// <summary>The middleware of a worker, a queue and each of its handlers around that handler, composed once.</summary>
internal sealed class MessagePipeline
{
    private readonly IServiceScopeFactory _scopes;
    private readonly FailureHandlers _failures;
    private readonly IReadOnlyList<CarriedValue> _carried;
    private readonly Dictionary<HandlerEntry, MessageDelegate> _byHandler;
    private readonly MessageDelegate _unhandled;

    /// <param name="watcher">Outside of all middleware.</param>
    /// <param name="middleware">Around what no handler can be given.</param>
    public MessagePipeline(
        IServiceScopeFactory scopes, FailureHandlers failures, Layer<IMiddleware>? watcher, IEnumerable<Layer<IMiddleware>> middleware, HandlerTable handlers, IReadOnlyList<CarriedValue> carried)
    {
        (_scopes, _failures, _carried) = (scopes, failures, carried);
        _byHandler = handlers.All.ToDictionary(static handler => handler, handler => Layers.Compose(Layers.Within(watcher, handler.Options.Middleware.Layers), (message, cancel) =>
        {
            message.Enter(handler.Name);
            message.Reach();
            return handler.InvokeAsync(message, cancel);
        }));
        _unhandled = Layers.Compose(Layers.Within(watcher, middleware), static (message, _) =>
        {
            message.Reach();
            message.Found(message.Problem!);
            throw message.Problem!;
        });
    }

    /// <summary>Runs the message in a DI scope of its own. Throws whatever came through all middleware; where nothing did, what the scope's end throws.</summary>
    /// <param name="failed">Is told of that, inside of the scope.</param>
    public async ValueTask<Outcome> RunAsync(Func<IServiceProvider, Message> message, Routed routed, Func<Message[], Exception?, ValueTask>? failed, CancellationToken cancel)
    {
        AsyncServiceScope scope = _scopes.CreateAsyncScope();
        Outcome outcome;
        try
        {
            Message inScope = message(scope.ServiceProvider);
            // In this method's own flow: what is set in an AsyncLocal ends with it.
            AmbientValues.Restore(_carried, inScope);
            MessageDelegate first = routed.Handler is { } handler ? _byHandler[handler] : _unhandled;
            try
            {
                outcome = await first(inScope, cancel);
                if (outcome.Kind != OutcomeKind.Done)
                    inScope.FindUnreadable();
            }
            catch (Exception exception)
            {
                inScope.FindUnreadable();
                if (failed is not null)
                    await failed([inScope], exception);
                throw;
            }
        }
        catch
        {
            await _failures.EndAsync(scope);
            throw;
        }
        await scope.DisposeAsync();
        return outcome;
    }
}
