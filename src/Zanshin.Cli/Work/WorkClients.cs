using Amazon.SQS;
using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Work;

/// <summary>The worker's SQS clients, made as <c>zanshin sqs</c> makes its own: one for each server and region that queues name. Thread-safe.</summary>
internal sealed class WorkClients(SqsPlace place)
{
    private readonly Lock _lock = new(); // guards _clients
    private readonly Dictionary<(Uri? Origin, string? Region), AmazonSQSClient> _clients = [];

    /// <summary>The container disposes it.</summary>
    /// <param name="queue">The queue's name, URL or ARN.</param>
    /// <exception cref="Refusal">It is no queue, or no SQS is known.</exception>
    public IAmazonSQS For(string queue)
    {
        QueueReference reference = QueueReference.Read(queue);
        lock (_lock)
        {
            if (!_clients.TryGetValue((reference.Origin, reference.Region), out AmazonSQSClient? client))
                _clients[(reference.Origin, reference.Region)] = client = place.Client(reference);
            return client;
        }
    }
}
