using System.Text.RegularExpressions;

namespace Zanshin.Diagnosis.Processes;

/// <summary>Threads of one name that stand at the same place.</summary>
/// <param name="Name">As the kernel keeps it (15 characters); numbers at the end, which pools give, are "*".</param>
internal sealed partial record ThreadGroup(string Name, Wait Wait, IReadOnlyList<ThreadLook> Threads)
{
    public int Count => Threads.Count;

    public TimeSpan Youngest => Threads.Min(static t => t.Age);

    public TimeSpan Oldest => Threads.Max(static t => t.Age);

    public TimeSpan Median => Threads.Select(static t => t.Age).Order().ElementAt(Threads.Count / 2);

    /// <summary>The largest first.</summary>
    public static IReadOnlyList<ThreadGroup> Of(IEnumerable<ThreadLook> threads) =>
    [
        .. threads.GroupBy(static t => (Name: NameOf(t.Name), t.Wait))
            .Select(static g => new ThreadGroup(g.Key.Name, g.Key.Wait, [.. g]))
            .OrderByDescending(static g => g.Count).ThenBy(static g => g.Name, StringComparer.Ordinal).ThenBy(static g => g.Wait.Call, StringComparer.Ordinal),
    ];

    // Ruby names a thread by the line that began it ("leak.rb:7"): that number stays.
    private static string NameOf(string name) => Numbered().Replace(name, "$1*");

    [GeneratedRegex(@"([-#/ ])\d+$")]
    private static partial Regex Numbered();
}
