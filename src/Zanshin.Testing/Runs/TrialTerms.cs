namespace Zanshin.Testing.Runs;

/// <summary>How a trial is run.</summary>
internal sealed record TrialTerms
{
    public LocalQueueOptions Queues { get; init; } = new();

    /// <summary>Real, or of virtual time where it is used.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Where the test says nothing: what a person waits for, or what a lease can last and an hour.</summary>
    public static TimeSpan TimeoutOn(TimeProvider time) => time is VirtualTime ? TimeSpan.FromHours(13) : TimeSpan.FromSeconds(30);

    /// <summary>After the handler began.</summary>
    public TimeSpan? StopAfter { get; init; }

    /// <summary>After the handler began.</summary>
    public TimeSpan? LoseLeaseAfter { get; init; }
}
