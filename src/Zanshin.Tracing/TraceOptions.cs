using Zanshin.Tracing.Sessions;

namespace Zanshin.Tracing;

internal sealed record TraceOptions
{
    public required int ProcessId { get; init; }

    /// <summary>Ends the trace early, with a report of what was seen until then.</summary>
    public CancellationToken Stop { get; init; }

    public required TimeSpan Window { get; init; }

    /// <summary>The event source whose Start and Stop events mark messages.</summary>
    public string MessageSource { get; init; } = Providers.Zanshin;

    /// <summary>
    /// Reads the identity hashes of the timers that are alive in the process, without stopping it. Throws <see cref="TraceException"/> with
    /// the reason when it cannot. Null: the ends of timers are not known, and timers are not reported.
    /// </summary>
    public Func<int, Task<IReadOnlySet<int>>>? LiveTimers { get; init; }

    /// <summary>Called once when the process is listened to.</summary>
    public Action? Listening { get; init; }

    /// <summary>Gets each begin and end as it happens, on the trace's own task, about half a second late.</summary>
    public Action<TraceChange>? Follow { get; init; }
}
