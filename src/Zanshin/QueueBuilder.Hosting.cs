namespace Zanshin;

/// <content>The queue itself.</content>
public sealed partial class QueueBuilder
{
    internal QueueCreation? Creation { get; private set; }

    /// <summary>
    /// If there is no such queue at the start, it is made, with its dead-letter queue. A <c>.fifo</c> queue is made as FIFO. The queue must be
    /// given by its name; where several processes start at once, one makes it.
    /// </summary>
    public QueueBuilder CreateIfMissing(Action<QueueCreation>? configure = null)
    {
        Creation ??= new QueueCreation();
        configure?.Invoke(Creation);
        return this;
    }
}
