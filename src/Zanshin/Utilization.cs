namespace Zanshin;

/// <summary>How much of a group of queues is in use.</summary>
/// <param name="Group">The group's name; <c>default</c> for queues outside of any.</param>
/// <param name="Concurrency">Slots in all.</param>
/// <param name="SlotsUsed">Slots taken: handlers that run.</param>
public readonly record struct Utilization(string Group, int Concurrency, int SlotsUsed);
