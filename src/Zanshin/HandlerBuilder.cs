namespace Zanshin;

/// <summary>
/// What is different for one handler. It begins with what the class's <see cref="HandlerAttribute"/> says; what is set here has the last word.
/// Mistakes are found at the host's start.
/// </summary>
public abstract class HandlerBuilder
{
    private protected HandlerBuilder()
    {
    }

    /// <summary>How long one run may take before its token is cancelled: over 0, at most 12 hours. Default null: the queue's own limit.</summary>
    public TimeSpan? TimeLimit { get; set; }

    /// <summary>How many runs of this handler there may be at once in this process: 1 to 10,000. Default null: as many as its queue may have.</summary>
    public int? Concurrency { get; set; }

    /// <summary>True if it runs on threads of its queue's own instead of on the thread pool, false if not, as <see cref="QueueOptions.RunOnOwnThreads"/> says. Default null: as the queue's others.</summary>
    public bool? RunOnOwnThreads { get; set; }

    /// <summary>
    /// Further type names that this handler takes: those of an older sender, or the class names of workers in another language. A message only ever
    /// chooses among registered names; no type is made from what it says. Not for batches, where type names do not matter.
    /// </summary>
    public IList<string> Aliases { get; } = [];

    internal Backoff? RetrySchedule { get; private set; }

    internal List<Func<Exception, bool>> RejectRules { get; } = [];

    /// <summary>What is wrong with the attribute.</summary>
    internal List<string> Problems { get; } = [];

    /// <summary>When a message that failed here, or that asked for a retry without a delay, comes again. Default: the queue's schedule.</summary>
    public void Retry(Backoff schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        RetrySchedule = schedule;
    }

    /// <summary>This exception, or one derived from it, rejects its message instead of retrying it; so do those of the queue.</summary>
    public void RejectOn<TException>()
        where TException : Exception => RejectRules.Add(static exception => exception is TException);

    /// <summary>
    /// An exception for which this is true rejects its message instead of retrying it. Thread-safe; where it throws itself, that is logged
    /// and the message is retried.
    /// </summary>
    public void RejectOn(Func<Exception, bool> which)
    {
        ArgumentNullException.ThrowIfNull(which);
        RejectRules.Add(which);
    }

    internal void Apply(HandlerAttribute? attribute)
    {
        if (attribute is null)
            return;
        TimeLimit = attribute.TimeLimit;
        Concurrency = attribute.ConcurrencyIfSet;
        RunOnOwnThreads = attribute.RunOnOwnThreadsIfSet;
        foreach (string alias in attribute.Aliases ?? [])
            Aliases.Add(alias);
        if (attribute.RetrySeconds is { Length: > 0 } seconds)
            RetrySchedule = attribute.Schedule(seconds);
        else if (attribute.RetrySeconds is not null)
            Problems.Add("has RetrySeconds without a delay: give at least one.");
        foreach (Type type in attribute.RejectOn ?? [])
        {
            if (typeof(Exception).IsAssignableFrom(type))
                RejectRules.Add(type.IsInstanceOfType);
            else
                Problems.Add($"has {type.Name} among its RejectOn: it must be a type of exception.");
        }
        if (Array.Exists(attribute.Queues, string.IsNullOrWhiteSpace))
            Problems.Add("has an empty name among the queues of its [Handler]: name them, or give none.");
    }
}
