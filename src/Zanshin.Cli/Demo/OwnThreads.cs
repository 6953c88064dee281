namespace Zanshin.Cli.Demo;

/// <summary>
/// Counts this process's threads, from <c>/proc/self/task</c>, without the runtime's and the pool's. A thread that has no name of its
/// own carries the name of the one that began it, so one that was leaked by a handler is called ".NET TP Worker" too: of each of
/// the runtime's names only as many are taken off as the runtime has.
/// </summary>
internal static class OwnThreads
{
    private const string Tasks = "/proc/self/task";

    // As the kernel keeps them: 15 characters.
    private static readonly HashSet<string> OneEach =
    [
        ".NET SynchManag", ".NET EventPipe", ".NET DebugPipe", ".NET Debugger", ".NET SigHandler", ".NET Finalizer",
        ".NET Tiered Com", ".NET TP Gate", ".NET TP Wait", ".NET Timer", ".NET BGC", ".NET Tiered PGO",
    ];

    /// <summary>Null on systems without /proc.</summary>
    public static int? Count()
    {
        if (!Directory.Exists(Tasks))
            return null;
        int pool = ThreadPool.ThreadCount;
        return Names().CountBy(static name => name).Sum(of => of.Key switch
        {
            ".NET TP Worker" => Math.Max(0, of.Value - pool),
            var name when OneEach.Contains(name) => of.Value - 1,
            _ => of.Value,
        });
    }

    private static IEnumerable<string> Names()
    {
        foreach (string task in Directory.EnumerateDirectories(Tasks))
        {
            string name;
            try
            {
                name = File.ReadAllText($"{task}/comm").TrimEnd('\n');
            }
            catch (IOException)
            {
                continue; // It has just ended.
            }
            yield return name;
        }
    }
}
