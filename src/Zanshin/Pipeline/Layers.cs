namespace Zanshin.Pipeline;

/// <summary>Composes middleware around a handler, and notes for whoever asks which of them a run is in.</summary>
internal static class Layers
{
    public static MessageDelegate Compose(IEnumerable<Layer<IMiddleware>> middleware, MessageDelegate handler)
    {
        MessageDelegate next = handler;
        foreach (Layer<IMiddleware> layer in middleware.Reverse())
        {
            MessageDelegate rest = next;
            next = (message, cancel) =>
            {
                message.Enter(layer.Name);
                return layer.Resolve(message.Services).InvokeAsync(message, (m, c) => BackTo(m, layer.Name, rest(m, c)), cancel);
            };
        }
        return next;
    }

    public static BatchDelegate Compose(IEnumerable<Layer<IBatchMiddleware>> middleware, BatchDelegate handler)
    {
        BatchDelegate next = handler;
        foreach (Layer<IBatchMiddleware> layer in middleware.Reverse())
        {
            BatchDelegate rest = next;
            next = (batch, cancel) =>
            {
                batch[0].Enter(layer.Name);
                // One that passes nothing on has decided for all.
                return layer.Resolve(batch[0].Services).InvokeAsync(
                    batch, (b, c) => b.Count == 0 ? ValueTask.FromResult<BatchOutcome>(Outcome.Done) : BackTo(batch[0], layer.Name, rest(b, c)), cancel);
            };
        }
        return next;
    }

    public static IEnumerable<Layer<T>> Within<T>(Layer<T>? outermost, IEnumerable<Layer<T>> middleware) => outermost is { } watcher ? middleware.Prepend(watcher) : middleware;

    private static ValueTask<T> BackTo<T>(Message message, string name, ValueTask<T> rest)
    {
        if (!rest.IsCompletedSuccessfully)
            return BackAsync(message, name, rest);
        message.Enter(name);
        return rest;
    }

    private static async ValueTask<T> BackAsync<T>(Message message, string name, ValueTask<T> rest)
    {
        try
        {
            return await rest;
        }
        finally
        {
            message.Enter(name);
        }
    }
}
