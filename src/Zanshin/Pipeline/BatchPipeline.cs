using Microsoft.Extensions.DependencyInjection;
using Zanshin.Handling;

namespace Zanshin.Pipeline;

/// <param name="watcher">Outside of all middleware.</param>
/// <summary>The middleware for batches of a worker, a queue and its batch handler around that handler.</summary>
internal sealed class BatchPipeline(IServiceScopeFactory scopes, FailureHandlers failures, Layer<IBatchMiddleware>? watcher, BatchEntry handler)
{
    private readonly Layer<IBatchMiddleware>[] _middleware = [.. Layers.Within(watcher, handler.Options.Middleware.Layers)];

    /// <summary>Runs the batch in a DI scope of its own. Throws whatever came through all middleware; where nothing did, what the scope's end throws.</summary>
    /// <param name="unreadable">By place in the batch: filled in for messages whose body cannot be read.</param>
    /// <param name="failed">Is told of what came through, and of what could not be read, inside of the scope.</param>
    public async ValueTask<BatchOutcome> RunAsync(
        Func<IServiceProvider, Message[]> batch, UnreadableMessageException?[] unreadable, Func<Message[], Exception?, ValueTask>? failed, CancellationToken cancel)
    {
        AsyncServiceScope scope = scopes.CreateAsyncScope();
        BatchOutcome outcome;
        try
        {
            outcome = await RunAsync(batch(scope.ServiceProvider), unreadable, failed, cancel);
        }
        catch
        {
            await failures.EndAsync(scope);
            throw;
        }
        await scope.DisposeAsync();
        return outcome;
    }

    private async ValueTask<BatchOutcome> RunAsync(
        Message[] messages, UnreadableMessageException?[] unreadable, Func<Message[], Exception?, ValueTask>? failed, CancellationToken cancel)
    {
        BatchDelegate first = Layers.Compose(_middleware, (rest, token) =>
        {
            rest[0].Enter(handler.Name);
            return handler.InvokeAsync(rest, (message, problem) => unreadable[Array.FindIndex(messages, m => m.Id == message.Id)] = problem, token);
        });
        BatchOutcome outcome;
        try
        {
            outcome = await first(messages, cancel) ?? throw new InvalidOperationException("A batch middleware returned null: it must return a BatchOutcome.");
        }
        catch (Exception exception)
        {
            Array.ForEach(messages, static message => message.FindUnreadable());
            if (failed is not null)
                await failed(messages, exception);
            throw;
        }
        foreach (Message message in messages)
        {
            if (outcome.Of(message.Id).Kind != OutcomeKind.Done)
                message.FindUnreadable();
        }
        if (failed is not null && Array.Exists(unreadable, static problem => problem is not null))
            await failed(messages, null);
        return outcome;
    }
}
