namespace Zanshin.Cli.Demo;

/// <summary>What is alive after the work that was not before it.</summary>
/// <param name="Threads">Null where the system does not tell.</param>
internal sealed record LeftBehind(int? Threads, long Timers, long Tasks, int Leases, int Slots)
{
    public bool IsNothing => this is { Threads: null or 0, Timers: 0, Tasks: 0, Leases: 0, Slots: 0 };
}
