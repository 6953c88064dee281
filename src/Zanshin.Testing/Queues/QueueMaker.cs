using Zanshin.Hosting;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.Testing.Queues;

/// <summary>Makes the queues that the set-up or the test names, with their dead-letter queues, when they are first asked for; no others: a misspelt name stays an error.</summary>
internal sealed class QueueMaker(SqsEngine engine, ZanshinBuilder? setup, LocalQueueOptions options)
{
    private readonly Lock _lock = new(); // guards _made
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    public static string DeadLettersOf(string queue) =>
        queue.EndsWith(".fifo", StringComparison.Ordinal) ? $"{queue[..^".fifo".Length]}-dlq.fifo" : $"{queue}-dlq";

    /// <summary>Once for each name: a queue that the test deletes stays deleted.</summary>
    public void Ensure(string queue)
    {
        lock (_lock)
        {
            if (!_made.Contains(queue) && IsNamed(queue))
                Make(queue, options.DeadLetterQueues && !IsDeadLetters(queue));
        }
    }

    public void EnsureAll()
    {
        foreach (string queue in Named().Distinct().ToList())
            Ensure(queue);
    }

    /// <summary>The URL of a queue of the same kind in which there is never anything.</summary>
    public string EmptyLike(MessageQueue queue)
    {
        string name = queue.Fifo ? "zanshin-nothing.fifo" : "zanshin-nothing";
        lock (_lock)
            Make(name, withDeadLetters: false);
        return $"http://localhost/{engine.AccountId}/{name}";
    }

    private IEnumerable<string> Named() => options.Queues.Keys
        .Concat(setup?.Queues.Select(static q => q.Name) ?? [])
        .Concat(setup?.RoutedQueues ?? [])
        .Select(QueueResolver.NameOf);

    private bool IsNamed(string queue) => Named().Contains(queue);

    private static bool IsDeadLetters(string queue) => queue.EndsWith("-dlq", StringComparison.Ordinal) || queue.EndsWith("-dlq.fifo", StringComparison.Ordinal);

    // Under the lock
    private void Make(string queue, bool withDeadLetters)
    {
        if (!_made.Add(queue))
            return;
        Dictionary<string, string> attributes = new(options.Queues.GetValueOrDefault(queue) ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        if (queue.EndsWith(".fifo", StringComparison.Ordinal))
        {
            attributes[QueueAttribute.FifoQueue] = "true";
            attributes.TryAdd("ContentBasedDeduplication", "true");
        }
        if (withDeadLetters && !attributes.ContainsKey("RedrivePolicy"))
        {
            string deadLetters = DeadLettersOf(queue);
            Make(deadLetters, withDeadLetters: false);
            attributes["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{engine.Arn(engine.Region, deadLetters)}}","maxReceiveCount":{{options.MaxReceives}}}""";
        }
        var create = new CreateQueue { QueueName = queue, Attributes = attributes };
        if (create.Execute(new ActionContext(engine, engine.Region, "http://localhost", static (_, _) => throw new InvalidOperationException())) is ErrorResponse { Error: { } error })
            throw new ArgumentException($"The queue '{queue}' cannot be made: {error.Message}");
    }
}
