using System.Globalization;
using System.Text.RegularExpressions;

namespace Zanshin.Diagnosis.Processes;

/// <summary>Whether a look at a process is the picture of a thread begun for every unit of work and never ended.</summary>
/// <param name="Group">The threads it is about; null when there is nothing to say.</param>
internal sealed partial record Verdict(ThreadGroup? Group, string Sentence, string? Next)
{
    /// <summary>Fewer are no picture: pools have as many.</summary>
    private const int Fewest = 10;

    /// <summary>Parts of the time in which the threads were begun: in each there must be some.</summary>
    private const int Parts = 5;

    private static readonly TimeSpan ShortestSpread = TimeSpan.FromSeconds(2);

    public static Verdict On(ProcessLook look)
    {
        IReadOnlyList<ThreadGroup> groups = ThreadGroup.Of(look.Threads);
        ThreadGroup? suspect = groups.FirstOrDefault(group => group.Wait.Forever && group.Count >= Fewest && IsSpread(group, look.Age));
        if (suspect is not null)
            return new(suspect, Story(suspect), NextStep(look, suspect));
        ThreadGroup? many = groups.FirstOrDefault(static group => group.Wait.Forever && group.Count >= Fewest);
        if (many is not null)
            return new(null, string.Create(CultureInfo.InvariantCulture, $"{many.Count} threads named '{many.Name}' wait for ever, but they were begun together, as those of a pool are: nothing looks like a leak."), null);
        if (look.Denied.Contains("syscall"))
            return new(null, "What the threads wait for may not be read, so nothing can be said.", null);
        return new(null, "Nothing looks like a leak of threads.", null);
    }

    // One begun for every message is as likely at one time as at another; those of a pool are begun together, or when the load rises.
    private static bool IsSpread(ThreadGroup group, TimeSpan processAge)
    {
        TimeSpan spread = group.Oldest - group.Youngest;
        if (spread < ShortestSpread || spread < processAge / 10)
            return false;
        int[] parts = new int[Parts];
        foreach (ThreadLook thread in group.Threads)
            parts[Math.Min(Parts - 1, (int)((thread.Age - group.Youngest) / spread * Parts))]++;
        return parts.Min() >= group.Count / (double)Parts / 3;
    }

    private static string Story(ThreadGroup group)
    {
        TimeSpan each = (group.Oldest - group.Youngest) / (group.Count - 1);
        return string.Create(CultureInfo.InvariantCulture,
            $"{group.Count} threads named '{group.Name}', all waiting for ever, ages evenly spread (one begun every {each.TotalSeconds:0.##} s): looks like one begun per unit of work and never ended.");
    }

    private static string? NextStep(ProcessLook look, ThreadGroup group) => look.Runtime switch
    {
        LanguageRuntime.DotNet => string.Create(CultureInfo.InvariantCulture, $"zanshin trace {look.Id} names the line that starts them."),
        LanguageRuntime.Ruby when StartSite().IsMatch(group.Name) => $"Ruby names a thread by the line that began it: {group.Name}.",
        LanguageRuntime.Ruby => "Ruby names a thread by the line that began it, unless its code gave it another name: look for that name.",
        LanguageRuntime.Java => string.Create(CultureInfo.InvariantCulture, $"jcmd {look.Id} Thread.print shows where they stand; a recording with jdk.ThreadStart shows who began them."),
        LanguageRuntime.Python => string.Create(CultureInfo.InvariantCulture, $"py-spy dump --pid {look.Id} shows where they stand."),
        _ => null,
    };

    [GeneratedRegex(@"\.rb:\d+$")]
    private static partial Regex StartSite();
}
