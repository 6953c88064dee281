using Microsoft.Extensions.DependencyInjection;
using Zanshin.Handling;

namespace Zanshin.Pipeline;

/// <summary>The middleware for batches of a worker and of one queue around its batch handler.</summary>
internal sealed class BatchPipeline(IServiceScopeFactory scopes, IEnumerable<Layer<IBatchMiddleware>> middleware, BatchEntry handler)
{
    /// <summary>Runs the batch in a DI scope of its own. Throws whatever came through all middleware.</summary>
    /// <param name="unreadable">By place in the batch: filled in for messages whose body cannot be read.</param>
    public async ValueTask<BatchOutcome> RunAsync(Func<IServiceProvider, Message[]> batch, UnreadableMessageException?[] unreadable, CancellationToken cancel)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        Message[] messages = batch(scope.ServiceProvider);
        BatchDelegate first = Layers.Compose(middleware, (rest, token) =>
        {
            rest[0].Enter(handler.Name);
            return handler.InvokeAsync(rest, (message, problem) => unreadable[Array.FindIndex(messages, m => m.Id == message.Id)] = problem, token);
        });
        return await first(messages, cancel) ?? throw new InvalidOperationException("A batch middleware returned null: it must return a BatchOutcome.");
    }
}
