namespace Zanshin.Cli.Demo;

/// <param name="Threads">Null on systems that do not tell.</param>
internal sealed record LeftReport(int? Threads, long Timers, long Tasks, int Leases, int Slots);
