namespace Zanshin.Diagnosis.Processes;

/// <summary>One thread, as one look saw it.</summary>
/// <param name="Started">In clock ticks after the machine's start: with the id it names the thread, ids are used again.</param>
internal sealed record ThreadLook(int Id, string Name, char State, long Started, TimeSpan Age, TimeSpan Cpu, Wait Wait);
