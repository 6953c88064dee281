using Zanshin.Handling;
using Zanshin.Hosting;

namespace Zanshin.Testing.Runs;

/// <summary>Which handler of a set-up a test means: its queue, the type name that leads there, and the bodies as its reader writes them.</summary>
internal sealed record Choice(string QueueName, string? Type, List<string> Texts)
{
    /// <exception cref="HandlerTestException">None fits, or several.</exception>
    public static Choice OfHandler<T>(ZanshinBuilder setup, string? queue, string? type, T body)
    {
        List<(string Queue, string? Type, HandlerEntry<T> Handler)> fitting =
        [
            .. In(setup, queue).SelectMany(static q => q.Handlers, static (q, h) => (Queue: QueueResolver.NameOf(q.Name), h.Type, Handler: h.Handler as HandlerEntry<T>))
                .Where(static h => h.Handler is not null).Select(static h => (h.Queue, h.Type, h.Handler!)),
        ];
        // A type name that is none of theirs is one that the test wants to see refused, or taken by the handler without a name.
        if (type is not null && fitting.FindAll(h => h.Type == type) is { Count: > 0 } named)
            fitting = named;
        return fitting switch
        {
            [var only] => new Choice(only.Queue, type ?? only.Type, [only.Handler.Reader.Write(body)]),
            [] => throw None<T>(setup, queue, In(setup, queue).Any(static q => q.Batches.Exists(static b => b is BatchEntry<T> or ExactBatch { Inner: BatchEntry<T> }))
                ? " It has a batch handler: say RunBatchAsync." : ""),
            _ => throw new HandlerTestException(
                $"The set-up has {fitting.Count} handlers for {typeof(T).Name}: {string.Join(", ", fitting.Select(static h => $"'{h.Queue}'{(h.Type is null ? "" : $" (type {h.Type})")}"))}. Say which with Queue(\"...\") or Type(\"...\")."),
        };
    }

    /// <exception cref="HandlerTestException">None fits, or several, or its batches are smaller.</exception>
    public static Choice OfBatch<T>(ZanshinBuilder setup, string? queue, T[] bodies)
    {
        List<QueueBuilder> fitting = [.. In(setup, queue).Where(static q => q.Batches.Count > 0 && ExactBatch.Original(q) is BatchEntry<T>)];
        if (fitting.Count == 0)
            throw None<T>(setup, queue, "", "batch handler");
        if (fitting.Count > 1)
            throw new HandlerTestException($"The set-up has {fitting.Count} batch handlers for {typeof(T).Name}: {string.Join(", ", fitting.Select(static q => $"'{QueueResolver.NameOf(q.Name)}'"))}. Say which with Queue(\"...\").");
        var batch = (BatchEntry<T>)ExactBatch.Original(fitting[0]);
        return Batch(fitting[0], [.. bodies.Select(batch.Reader.Write)]);
    }

    /// <exception cref="HandlerTestException">The queue is not named and there are several, or it has no handler of this kind.</exception>
    public static Choice OfQueue(ZanshinBuilder setup, string? queue, string? type, IReadOnlyList<string> texts, bool batch)
    {
        List<QueueBuilder> fitting = [.. In(setup, queue)];
        if (fitting is not [QueueBuilder only])
            throw new HandlerTestException($"The set-up works {setup.Queues.Count} queues ({Queues(setup)}): say which one a text is in with Queue(\"...\").");
        if (batch != only.Batches.Count > 0)
            throw new HandlerTestException($"'{QueueResolver.NameOf(only.Name)}' has {(batch ? "no batch handler: say RunTextAsync" : "a batch handler: say RunTextBatchAsync")}.");
        return batch
            ? Batch(only, [.. texts])
            // Where there is no choice of handlers, there is none of type names.
            : new Choice(QueueResolver.NameOf(only.Name), type ?? (only.Handlers is [var handler] ? handler.Type : null), [.. texts]);
    }

    private static Choice Batch(QueueBuilder queue, List<string> texts)
    {
        string name = QueueResolver.NameOf(queue.Name);
        int max = ExactBatch.Original(queue).Max;
        if (texts.Count > max)
            throw new HandlerTestException($"{texts.Count} messages are no single batch of '{name}', whose max is {max}.");
        ExactBatch.Of(queue, texts.Count);
        return new Choice(name, null, texts);
    }

    private static IEnumerable<QueueBuilder> In(ZanshinBuilder setup, string? queue)
    {
        if (queue is not null && !setup.Queues.Exists(q => QueueResolver.NameOf(q.Name) == queue))
            throw new HandlerTestException($"The set-up works no queue '{queue}': it has {Queues(setup)}.");
        return setup.Queues.Where(q => queue is null || QueueResolver.NameOf(q.Name) == queue);
    }

    private static HandlerTestException None<T>(ZanshinBuilder setup, string? queue, string more, string what = "handler") => new(
        $"The set-up has no {what} for {typeof(T).Name}{(queue is null ? "" : $" on '{queue}'")}: its queues are {Queues(setup)}.{more}");

    private static string Queues(ZanshinBuilder setup) =>
        setup.Queues.Count == 0 ? "none" : string.Join(", ", setup.Queues.Select(static q => $"'{QueueResolver.NameOf(q.Name)}'"));
}
