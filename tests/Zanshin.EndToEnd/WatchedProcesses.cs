namespace Zanshin.EndToEnd;

/// <summary>
/// Tests of the leak doctor measure other processes, so they have the machine to themselves, after the others. Those others mostly wait for processes
/// and sockets: four at a time.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class WatchedProcesses
{
    public const string Name = "Watched processes";
}
