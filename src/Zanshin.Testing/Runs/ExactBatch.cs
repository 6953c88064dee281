using Zanshin.Handling;

namespace Zanshin.Testing.Runs;

/// <summary>A batch handler whose batches are made of what a trial has for it, without waiting for more.</summary>
internal sealed class ExactBatch(BatchEntry inner, int max, TimeSpan gather) : BatchEntry(max, gather, inner.Name, inner.Options)
{
    /// <summary>More than one receive brings come together within this.</summary>
    private static readonly TimeSpan Gathers = TimeSpan.FromMinutes(1);

    public BatchEntry Inner => inner;

    public override BodyRead TryRead(Message message) => inner.TryRead(message);

    public override ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, Action<Message, UnreadableMessageException> unreadable, CancellationToken cancel) =>
        inner.InvokeAsync(batch, unreadable, cancel);

    /// <summary>For all batches of an application: what is there goes at once.</summary>
    public static void WithoutGathering(ZanshinBuilder setup)
    {
        foreach (QueueBuilder queue in setup.Queues)
        {
            for (int i = 0; i < queue.Batches.Count; i++)
            {
                if (queue.Batches[i] is not ExactBatch)
                    queue.Batches[i] = new ExactBatch(queue.Batches[i], queue.Batches[i].Max, TimeSpan.Zero);
            }
        }
    }

    /// <summary>For one queue: exactly so many.</summary>
    public static void Of(QueueBuilder queue, int count) =>
        queue.Batches[0] = new ExactBatch(Original(queue), count, count > SqsLimits.Batch ? Gathers : TimeSpan.Zero);

    public static BatchEntry Original(QueueBuilder queue) => queue.Batches[0] is ExactBatch exact ? exact.Inner : queue.Batches[0];
}
