namespace Zanshin;

/// <summary>One queue of a worker: its handlers, options and middleware. Mistakes are found at the host's start, all at once.</summary>
public sealed partial class QueueBuilder
{
    private readonly ZanshinBuilder _worker;
    private QueueOptions? _coded;

    internal QueueBuilder(string name, ZanshinBuilder worker) => (Name, _worker) = (name, worker);

    /// <summary>The queue's name, URL or ARN, as it was given.</summary>
    public string Name { get; }

    public QueueOptions Options { get; private set; } = new();

    /// <summary>The options as code set them: the configuration is read on top of these.</summary>
    internal QueueOptions Coded => _coded ??= Options.Copy();

    /// <inheritdoc cref="QueueOptions.Visibility"/>
    public TimeSpan? Visibility
    {
        get => Options.Visibility;
        set => Options.Visibility = value;
    }

    /// <inheritdoc cref="QueueOptions.WaitTime"/>
    public TimeSpan WaitTime
    {
        get => Options.WaitTime;
        set => Options.WaitTime = value;
    }

    /// <inheritdoc cref="QueueOptions.TimeLimit"/>
    public TimeSpan? TimeLimit
    {
        get => Options.TimeLimit;
        set => Options.TimeLimit = value;
    }

    /// <inheritdoc cref="QueueOptions.StuckAfter"/>
    public TimeSpan StuckAfter
    {
        get => Options.StuckAfter;
        set => Options.StuckAfter = value;
    }

    /// <inheritdoc cref="QueueOptions.RunOnOwnThreads"/>
    public bool RunOnOwnThreads
    {
        get => Options.RunOnOwnThreads;
        set => Options.RunOnOwnThreads = value;
    }

    /// <inheritdoc cref="QueueOptions.Reject"/>
    public RejectPolicy Reject
    {
        get => Options.Reject;
        set => Options.Reject = value;
    }

    /// <inheritdoc cref="QueueOptions.RunApartFrom"/>
    public int RunApartFrom
    {
        get => Options.RunApartFrom;
        set => Options.RunApartFrom = value;
    }

    internal Backoff RetrySchedule { get; private set; } = Backoff.Standard;

    internal List<Func<Exception, bool>> RejectRules { get; } = [];

    /// <summary>When a message that failed, or that asked for a retry without a delay, comes again. Default <see cref="Backoff.Standard"/>.</summary>
    public QueueBuilder Retry(Backoff schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        RetrySchedule = schedule;
        return this;
    }

    /// <summary>This exception, or one derived from it, rejects its message instead of retrying it.</summary>
    public QueueBuilder RejectOn<TException>()
        where TException : Exception
    {
        RejectRules.Add(static exception => exception is TException);
        return this;
    }

    /// <summary>
    /// An exception for which this is true rejects its message instead of retrying it. Thread-safe; where it throws itself, that is logged
    /// and the message is retried.
    /// </summary>
    public QueueBuilder RejectOn(Func<Exception, bool> which)
    {
        ArgumentNullException.ThrowIfNull(which);
        RejectRules.Add(which);
        return this;
    }
}
