namespace Zanshin;

/// <summary>How a queue is made that does not exist yet. One that exists is never changed.</summary>
public sealed class QueueCreation
{
    /// <summary>After so many receives SQS moves a message to the dead-letter queue: 1 to 1,000; default 5. Null makes no dead-letter queue.</summary>
    public int? MaxReceiveCount { get; set; } = 5;

    /// <summary>
    /// The dead-letter queue's name. It is made too, with a retention of 14 days, unless it exists. Default: the queue's name and
    /// <c>-dlq</c>, so that of <c>mail.fifo</c> is <c>mail-dlq.fifo</c>.
    /// </summary>
    public string? DeadLetterQueue { get; set; }

    /// <summary>The queue's visibility timeout: whole seconds, up to 12 hours. Default: <see cref="QueueOptions.Visibility"/>, else that of SQS, 30 s.</summary>
    public TimeSpan? Visibility { get; set; }

    /// <summary>Further attributes of the queue, by the names that SQS gives them (<c>KmsMasterKeyId</c>, <c>ContentBasedDeduplication</c>); they go before all others.</summary>
    public IDictionary<string, string> Attributes { get; } = new Dictionary<string, string>();

    /// <summary>Tags of the queue and of its dead-letter queue.</summary>
    public IDictionary<string, string> Tags { get; } = new Dictionary<string, string>();

    internal string DeadLettersOf(string queue)
    {
        const string fifo = ".fifo", suffix = "-dlq";
        return DeadLetterQueue ?? (queue.EndsWith(fifo, StringComparison.Ordinal) ? queue[..^fifo.Length] + suffix + fifo : queue + suffix);
    }
}
