namespace Zanshin;

/// <summary>The worker cannot start as it is set up, or a queue that is to be sent to does not exist. The message lists everything that is wrong, one sentence each.</summary>
public sealed class ZanshinConfigurationException(IReadOnlyList<string> problems)
    : Exception(problems.Count == 1 ? problems[0] : $"{problems.Count} things are wrong with the worker:\n- {string.Join("\n- ", problems)}")
{
    public IReadOnlyList<string> Problems => problems;

    /// <summary>Nothing but that SQS could not be asked, or said that it will do later what it does not yet: the same setup may work in a while.</summary>
    internal bool SqsIsAway { get; init; }

    /// <summary>SQS says that there is no such queue.</summary>
    internal bool QueueIsMissing { get; init; }
}
