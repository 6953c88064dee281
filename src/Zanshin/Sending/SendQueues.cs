using System.Collections.Concurrent;
using Amazon.SQS;
using Microsoft.Extensions.Logging;
using Zanshin.Hosting;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>The queues that were sent to, by name, URL or ARN, and what is counted of each. A failed look-up is not kept. Thread-safe.</summary>
internal sealed class SendQueues
{
    private readonly QueueResolver _resolver;
    private readonly SqsClients _clients;
    private readonly Surroundings _surroundings;
    private readonly Instruments _instruments;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, SqsQueue> _queues = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SentQueue> _sent = new(StringComparer.Ordinal); // by the queue's URL

    public SendQueues(ZanshinBuilder setup, QueueResolver resolver, SqsClients clients, Surroundings surroundings, Instruments instruments, ILogger<ISender> logger)
    {
        (_resolver, _clients, _surroundings, _instruments, _logger) = (resolver, clients, surroundings, instruments, new SafeLogger(logger));
        SenderMeters.Create(instruments, () => _sent.Values, fifo => RequestPrice.Of(setup, fifo));
    }

    /// <exception cref="ZanshinConfigurationException">There is no such queue, its ARN or URL is malformed, or nothing says where SQS is.</exception>
    /// <exception cref="QueueUnknownException">SQS cannot be asked.</exception>
    public async ValueTask<SqsQueue> FindAsync(string queue, CancellationToken cancel)
    {
        if (!_queues.TryGetValue(queue, out SqsQueue? found))
        {
            QueueFacts facts = await AskAsync(queue, cancel);
            found = _queues.GetOrAdd(queue, With(queue, facts, CancellationToken.None));
        }
        return found;
    }

    /// <summary>Calls to the same queue that end when <paramref name="giveUp"/> is cancelled.</summary>
    public SqsQueue With(string queue, QueueFacts facts, CancellationToken giveUp)
    {
        SentQueue sent = _sent.GetOrAdd(facts.Url, _ => new SentQueue(NameOf(facts.Url), facts.Fifo, new QueueCounts(_instruments)));
        IAmazonSQS client = _clients.For(queue);
        return new SqsQueue(client, _clients.EndpointOf(client), facts, _surroundings, sent.Counts, _logger, giveUp);
    }

    /// <inheritdoc cref="SqsClients.InUse"/>
    public void InUse() => _clients.InUse();

    private async Task<QueueFacts> AskAsync(string queue, CancellationToken cancel)
    {
        QueueAddress address = QueueAddress.Parse(queue);
        IAmazonSQS client = _resolver.Client(address);
        try
        {
            return await _resolver.ResolveAsync(address, client, cancel).WaitAsync(cancel);
        }
        catch (Exception exception) when (cancel.IsCancellationRequested)
        {
            // With the caller's own token, which is what it looks at.
            throw new OperationCanceledException("The send was cancelled while its queue was looked for: nothing was sent.", exception, cancel);
        }
        catch (ZanshinConfigurationException problem) when (!problem.QueueIsMissing)
        {
            throw new QueueUnknownException(problem);
        }
    }

    public static string NameOf(string queue) => QueueResolver.NameOf(queue);
}
