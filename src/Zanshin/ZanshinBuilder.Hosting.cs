namespace Zanshin;

/// <content>Around the worker: missing queues, signals, scale-in.</content>
public sealed partial class ZanshinBuilder
{
    internal QueueCreation? Creation { get; private set; }

    internal bool HandlesSignals { get; private set; }

    internal ScaleInOptions? ScaleIn { get; private set; }

    /// <inheritdoc cref="ZanshinOptions.Timeout"/>
    public TimeSpan? Timeout
    {
        get => Options.Timeout;
        set => Options.Timeout = value;
    }

    /// <inheritdoc cref="ZanshinOptions.WaitForSqs"/>
    public TimeSpan? WaitForSqs
    {
        get => Options.WaitForSqs;
        set => Options.WaitForSqs = value;
    }

    /// <summary>
    /// Queues of the worker and of its routes that are given by name and do not exist are made at the start, each with its
    /// dead-letter queue. <see cref="QueueBuilder.CreateIfMissing"/> says it for one queue, and goes before this. Needs the permissions
    /// <c>sqs:CreateQueue</c> and, with tags, <c>sqs:TagQueue</c>.
    /// </summary>
    public ZanshinBuilder CreateMissingQueues(Action<QueueCreation>? configure = null)
    {
        Creation ??= new QueueCreation();
        configure?.Invoke(Creation);
        return this;
    }

    /// <summary>
    /// The host also heeds the signals of long-running workers (Linux and macOS; nothing on Windows): USR1 stops without a deadline
    /// (<see cref="ZanshinWorker.DrainAsync"/>) and then ends the host; TSTP makes the worker quiet, as <see cref="ZanshinWorker.Quiet"/>, and CONT takes that back, but not what
    /// code has made quiet, and not where it only ends a SIGSTOP; TTIN logs a full status. TERM and INT are the host's own: they stop within the deadline.
    /// </summary>
    public ZanshinBuilder HandleSignals()
    {
        HandlesSignals = true;
        return this;
    }

    /// <summary>
    /// On Amazon ECS the task is protected from scale-in for as long as it has messages. Does nothing elsewhere, and says so in the log.
    /// Needs the permission <c>ecs:UpdateTaskProtection</c> in the task's role.
    /// </summary>
    public ZanshinBuilder ProtectFromScaleIn(Action<ScaleInOptions>? configure = null)
    {
        ScaleIn ??= new ScaleInOptions();
        configure?.Invoke(ScaleIn);
        return this;
    }
}
