using System.Text.Json;

namespace Zanshin.Cli.Demo;

/// <summary>What a demonstration came to.</summary>
internal sealed record DemoResult
{
    public required TallyResult Seen { get; init; }

    /// <summary>Null when it was interrupted before the worker began.</summary>
    public required QueueStatus? Worker { get; init; }

    public required LeftBehind Left { get; init; }

    /// <summary>Messages that are still on the embedded queue.</summary>
    public required int OnQueue { get; init; }

    public required bool ShowExamples { get; init; }

    public required bool Interrupted { get; init; }

    /// <summary>Why the demo did not wait any longer, if it gave up.</summary>
    public required string? GaveUp { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The worker's own requests: receives, deletes, visibility changes, and whatever it repeated.</summary>
    public long Requests => Worker is null ? 0 : Worker.Receives + Worker.Deletes + Worker.VisibilityChanges;

    public double? RequestsPerMessage => Seen.Distinct == 0 ? null : Math.Round((double)Requests / Seen.Distinct, 4);

    /// <summary>
    /// What the handlers saw, or what the worker did where that is more: a redelivery that it knows to be done already is deleted
    /// without a handler.
    /// </summary>
    public long Redelivered => Math.Max(Seen.Redelivered, Worker?.Redelivered ?? 0);

    public long LeasesLost => Worker?.LeasesLost ?? 0;

    /// <summary>Everything that is not as promised, one sentence each.</summary>
    public IReadOnlyList<string> Problems => [.. FindProblems()];

    public string ToJson() => JsonSerializer.Serialize(DemoReport.Of(this), DemoReportJson.Default.DemoReport);

    private IEnumerable<string> FindProblems()
    {
        if (Interrupted)
            yield return $"interrupted after {Seen.Distinct} of {Seen.Expected} messages.";
        else if (GaveUp is not null)
            yield return $"gave up after {Seen.Distinct} of {Seen.Expected} messages, because nothing had happened for a minute: {GaveUp}.";
        else if (OnQueue > 0)
            yield return $"{OnQueue} messages are still on the queue after all were worked: they were not deleted.";
        if (Redelivered > 0)
            yield return $"{Redelivered} messages were delivered more than once.";
        if (LeasesLost > 0)
            yield return $"{LeasesLost} leases were lost: the visibility timeout ran out before it was extended.";
        if (!Left.IsNothing)
            yield return "something is left behind.";
    }
}
