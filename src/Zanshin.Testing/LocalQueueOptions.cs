namespace Zanshin.Testing;

/// <summary>The queues that a test's worker finds. Read when they are first used.</summary>
public sealed class LocalQueueOptions
{
    /// <summary>
    /// Whether every queue gets a dead-letter queue, named <c>NAME-dlq</c> (<c>NAME-dlq.fifo</c>). Default true. One that the set-up names itself, under that name, is the same queue.
    /// </summary>
    public bool DeadLetterQueues { get; set; } = true;

    /// <summary>After so many receives a message moves to the dead-letter queue (<c>maxReceiveCount</c>): 1 to 1,000; default 10.</summary>
    public int MaxReceives { get; set; } = 10;

    /// <summary>
    /// Whether receives from standard queues sample servers, as at SQS: often fewer messages than asked for although there are more, and now and then none. Default false. On
    /// virtual time it is drawn alike in every run.
    /// </summary>
    public bool SampleServers { get; set; }

    internal Dictionary<string, IReadOnlyDictionary<string, string>> Queues { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// A queue that the set-up does not name, or the attributes of one that it does: <c>o.Queue("orders", new() { ["VisibilityTimeout"] = "5" })</c>.
    /// With a <c>RedrivePolicy</c> of its own it gets no dead-letter queue besides.
    /// </summary>
    /// <param name="name">Its name, not its URL.</param>
    /// <param name="attributes">As in SQS's <c>CreateQueue</c>; <c>FifoQueue</c> follows from the name, and <c>ContentBasedDeduplication</c> is on unless it is said here to be off.</param>
    public LocalQueueOptions Queue(string name, Dictionary<string, string>? attributes = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Queues[name] = attributes ?? [];
        return this;
    }

    internal void CopyTo(LocalQueueOptions other)
    {
        (other.DeadLetterQueues, other.MaxReceives, other.SampleServers) = (DeadLetterQueues, MaxReceives, SampleServers);
        foreach ((string name, IReadOnlyDictionary<string, string> attributes) in Queues)
            other.Queues[name] = attributes;
    }
}
