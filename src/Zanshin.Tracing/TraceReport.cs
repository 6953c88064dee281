namespace Zanshin.Tracing;

/// <summary>What a trace of a process found.</summary>
/// <param name="Window">How long it listened.</param>
/// <param name="Messages">How many messages began in that time; null when the process marked none.</param>
/// <param name="EventsLost">Events that the process could not buffer: with any lost, counts are too low or too high.</param>
/// <param name="Findings">The most first. Empty: nothing that was begun stayed.</param>
/// <param name="Notes">What could not be seen, and why, one sentence each.</param>
public sealed record TraceReport(
    int ProcessId,
    TimeSpan Window,
    int? Messages,
    long EventsLost,
    TraceCount Threads,
    TraceCount Timers,
    TraceCount Operations,
    IReadOnlyList<TraceFinding> Findings,
    IReadOnlyList<string> Notes);
