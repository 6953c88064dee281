using Amazon.SQS;
using Zanshin.LocalQueue;
using Zanshin.LocalQueue.Engine;
using Zanshin.Testing.Queues;
using Zanshin.Testing.Runs;
using QueuedState = Zanshin.LocalQueue.Engine.MessageState;

namespace Zanshin.Testing;

/// <summary>
/// The SQS of one test, in its process: <c>UseLocalQueue</c> registers it, and puts the application's SQS client on it. Queues that the set-up names are made
/// when they are first asked for, with their dead-letter queues. Thread-safe.
/// </summary>
public sealed class TestQueues : IDisposable
{
    private readonly QueueMaker _maker;
    private readonly ZanshinBuilder? _setup;

    internal TestQueues(ZanshinBuilder? setup, LocalQueueOptions options, TimeProvider time, bool delivers, RunBook runs)
    {
        _setup = setup;
        Time = time;
        Delivers = delivers;
        Runs = runs;
        Sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = time, Seed = time is VirtualTime ? 1 : null, SampleServers = options.SampleServers });
        Faults = new SqsFaults(Sqs);
        Log = new SentLog(setup, time) { Keeps = !delivers };
        Sent = new SentMessages(Log, setup);
        _maker = new QueueMaker(Sqs.Engine, setup, options);
        ApplicationsClient = LocalSqsClient.Create(new QueueTap(Sqs, Faults, _maker, Traffic, Log, delivers));
        Client = LocalSqsClient.Create(new QueueTap(Sqs, faults: null, _maker, Traffic, Log, delivers));
        runs.Watch(setup);
        if (setup is not null)
            setup.StartsWary = false;
        if (!delivers && setup is not null)
            ExactBatch.WithoutGathering(setup);
    }

    /// <summary>The queues.</summary>
    public LocalSqs Sqs { get; }

    /// <summary>Faults between the application's SQS client and the queues.</summary>
    public SqsFaults Faults { get; }

    /// <summary>A client of the test's own: without faults, and what it sends is not in <see cref="Sent"/>.</summary>
    public AmazonSQSClient Client { get; }

    /// <summary>What the application has sent.</summary>
    public SentMessages Sent { get; }

    internal AmazonSQSClient ApplicationsClient { get; }

    internal SentLog Log { get; }

    internal Traffic Traffic { get; } = new();

    internal RunBook Runs { get; }

    internal TimeProvider Time { get; }

    /// <summary>Whether a worker that polls gets what is sent; not in the recorded and the inline mode.</summary>
    internal bool Delivers { get; }

    /// <summary>What is in a queue, in flight and delayed ones too, oldest first. Looking changes nothing.</summary>
    /// <param name="queue">Its name.</param>
    /// <exception cref="ArgumentException">There is no such queue.</exception>
    public IReadOnlyList<QueuedMessage> In(string queue)
    {
        MessageQueue found = Find(queue);
        string typeAttribute = _setup?.TypeAttribute ?? new ZanshinOptions().TypeAttribute;
        return [.. found.Look().Select(m => new QueuedMessage(
            new SentMessage(queue, typeAttribute, m.Message.MessageId, Outgoing(m.Message), new DateTimeOffset(m.Message.SentAt, TimeSpan.Zero), null),
            m.ReceiveCount,
            m.State == QueuedState.Ready))];
    }

    /// <summary>What is in a queue's dead-letter queue.</summary>
    /// <param name="queue">The queue's name, not that of its dead-letter queue.</param>
    /// <exception cref="ArgumentException">There is no such queue, or it has no dead-letter queue.</exception>
    public IReadOnlyList<QueuedMessage> DeadLettersOf(string queue) => Find(queue).Settings.Redrive is { } redrive
        ? In(redrive.TargetQueue)
        : throw new ArgumentException($"The queue '{queue}' has no dead-letter queue.", nameof(queue));

    /// <summary>Ends all waits for messages with an empty answer, and closes the clients.</summary>
    public void Dispose()
    {
        Sqs.Dispose();
        ApplicationsClient.Dispose();
        Client.Dispose();
        Faults.Dispose();
    }

    /// <summary>From here receives are answered at once, so that a stop does not wait for them.</summary>
    internal void EndWaits() => Sqs.Engine.Close();

    internal MessageQueue Find(string queue)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(queue);
        _maker.Ensure(queue);
        return Sqs.Engine.Find(queue) ?? throw new ArgumentException(
            $"There is no queue '{queue}': neither the set-up nor the test names it (LocalQueueOptions.Queue, or CreateQueue).", nameof(queue));
    }

    /// <summary>Puts into a queue's dead-letter queue, where it has one, what a worker on other queues has put into its own.</summary>
    internal void TakeDeadLetters(string queue, TestQueues from)
    {
        if (from.Find(queue).Settings.Redrive is not { } redrive || Find(queue).Settings.Redrive is null)
            return;
        TrialMessage.Put([.. from.Find(redrive.TargetQueue).Look().Select(static m =>
            new TrialMessage(m.Message.MessageId, Outgoing(m.Message), new DateTimeOffset(m.Message.SentAt, TimeSpan.Zero)) { ReceiveCount = m.ReceiveCount + 1 })], Find(redrive.TargetQueue));
    }

    internal static OutgoingMessage Outgoing(StoredMessage message) => new()
    {
        Body = message.Body,
        BodyMd5 = message.BodyMd5,
        Attributes = message.Attributes,
        AttributesMd5 = message.AttributesMd5,
        TraceHeader = message.TraceHeader,
        GroupId = message.GroupId,
        DeduplicationId = message.DeduplicationId,
    };
}
