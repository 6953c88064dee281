using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Work;

/// <summary>What <c>zanshin work</c> was asked for. What is null was not given: the configuration or the default decides.</summary>
internal sealed record WorkOptions
{
    public IReadOnlyList<WorkedQueue> Queues { get; init; } = [];

    /// <summary>Which SQS.</summary>
    public SqsPlace Place { get; init; } = new();

    public int? Concurrency { get; init; }

    /// <summary>Of the configuration's groups only this.</summary>
    public string? Group { get; init; }

    /// <summary>How long a queue that was found empty is left alone.</summary>
    public TimeSpan? Delay { get; init; }

    public FileInfo? Config { get; init; }

    /// <summary>The whole stop, from the signal to the end of the process.</summary>
    public TimeSpan? Timeout { get; init; }

    public TimeSpan? TimeLimit { get; init; }

    public TimeSpan? Visibility { get; init; }

    public TimeSpan? WaitTime { get; init; }

    /// <summary>How long the start waits for an SQS that is away.</summary>
    public TimeSpan? WaitForSqs { get; init; }

    public string? PidFile { get; init; }

    public string? LogFile { get; init; }

    public bool Json { get; init; }

    public bool Verbose { get; init; }
}
