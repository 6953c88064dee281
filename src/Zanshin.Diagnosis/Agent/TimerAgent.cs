using System.Diagnostics.Tracing;
using System.Runtime.InteropServices;
using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Diagnosis.Agent;

/// <summary>Tells which timers are alive in its process, each time that a session listens to it.</summary>
[EventSource(Name = SourceName)]
internal sealed class TimerAgent : EventSource
{
    public const string SourceName = "Zanshin-Agent";
    public const int TimersEvent = 1;
    public const int EndEvent = 2;

    /// <summary>What <see cref="End"/> says where the runtime's timers are not where they are expected.</summary>
    public const int Unreadable = -1;

    private const int HashesInEvent = 8_000; // an event holds less than 64 KiB

    /// <summary>A session takes events only when it has been opened, and it is not while it asks.</summary>
    private static readonly TimeSpan OpenTime = TimeSpan.FromMilliseconds(100);

    private static readonly TimerAgent s_agent = new();

    private readonly ITimer _tell;

    // EventSource's own constructor may call OnEventCommand, before ours.
    private TimerAgent() => _tell = TimeProvider.System.CreateTimer(static agent => ((TimerAgent)agent!).Tell(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public static void Begin() => GC.KeepAlive(s_agent);

    [Event(TimersEvent, Level = EventLevel.Informational)]
    public void Timers(byte[] hashes) => WriteEvent(TimersEvent, hashes);

    [Event(EndEvent, Level = EventLevel.Informational)]
    public void End(int count) => WriteEvent(EndEvent, count);

    protected override void OnEventCommand(EventCommandEventArgs command)
    {
        if (command.Command == EventCommand.Enable)
            _tell?.Change(OpenTime, Timeout.InfiniteTimeSpan);
    }

    protected override void Dispose(bool disposing)
    {
        _tell.Dispose();
        base.Dispose(disposing);
    }

    [NonEvent]
    private void Tell()
    {
        if (TimerQueues.Hashes() is not { } hashes)
        {
            End(Unreadable);
            return;
        }
        foreach (int[] some in hashes.Chunk(HashesInEvent))
            Timers(MemoryMarshal.AsBytes(some.AsSpan()).ToArray());
        End(hashes.Count);
    }
}
