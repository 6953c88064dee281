namespace Zanshin.Bench.Requests;

/// <summary>What was measured of one case, over its steady window.</summary>
internal sealed record RequestsRow(RequestsCase Case)
{
    public required double PerSecond { get; init; }

    /// <summary>Per 1,000 messages, as are the next three.</summary>
    public required double Requests { get; init; }

    /// <summary>Requests to the busy queue per 1,000 of its messages, where it has others beside it.</summary>
    public required double BusyRequests { get; init; }

    public required double Receives { get; init; }

    public required double Deletes { get; init; }

    public required double Others { get; init; }

    public required double SlotsUsed { get; init; }

    public required double Supplied { get; init; }

    /// <summary>Seconds from the arrival of the receive's answer to the handler's start.</summary>
    public required double WaitP50 { get; init; }

    public required double WaitP99 { get; init; }

    /// <summary>Milliseconds per 1,000 messages, of the worker's process.</summary>
    public required double Cpu { get; init; }

    /// <summary>Cores, of worker and queue together: near the machine's, the machine is the limit.</summary>
    public required double Cores { get; init; }
}
