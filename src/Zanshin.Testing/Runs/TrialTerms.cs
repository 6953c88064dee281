namespace Zanshin.Testing.Runs;

/// <summary>How a trial is run.</summary>
internal sealed record TrialTerms
{
    public LocalQueueOptions Queues { get; init; } = new();

    /// <summary>Real, or of virtual time where it is used.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After the handler began.</summary>
    public TimeSpan? StopAfter { get; init; }

    /// <summary>After the handler began.</summary>
    public TimeSpan? LoseLeaseAfter { get; init; }
}
