using System.Collections.Concurrent;
using Zanshin.Hosting;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>The queues that were sent to, by name, URL or ARN. A failed look-up is not kept. Thread-safe.</summary>
internal sealed class SendQueues(QueueResolver resolver, SqsClients clients, Surroundings surroundings, Instruments instruments)
{
    private readonly ConcurrentDictionary<string, SqsQueue> _queues = new(StringComparer.Ordinal);
    private readonly QueueCounts _counts = new(instruments);

    /// <exception cref="ZanshinConfigurationException">There is no such queue, or SQS cannot be asked.</exception>
    public async ValueTask<SqsQueue> FindAsync(string queue, CancellationToken cancel)
    {
        if (!_queues.TryGetValue(queue, out SqsQueue? found))
        {
            QueueFacts facts = await resolver.ResolveAsync(queue, cancel);
            found = _queues.GetOrAdd(queue, With(queue, facts, CancellationToken.None));
        }
        return found;
    }

    /// <summary>Calls to the same queue that end when <paramref name="giveUp"/> is cancelled.</summary>
    public SqsQueue With(string queue, QueueFacts facts, CancellationToken giveUp) => new(clients.For(queue), facts, surroundings, _counts, giveUp);

    public static string NameOf(string queue) => QueueResolver.NameOf(queue);
}
