using System.Globalization;

namespace Zanshin.Diagnosis.Processes;

/// <summary>What <c>/proc/PID/stat</c> and <c>/proc/PID/task/TID/stat</c> say (proc_pid_stat(5)).</summary>
/// <param name="State">R running, S sleeping, D in the disk's hands, T stopped, Z dead and not yet collected.</param>
/// <param name="Ticks">CPU used, user and kernel, in clock ticks.</param>
/// <param name="Started">When it began, in clock ticks after the machine's start.</param>
internal readonly record struct ThreadStat(string Name, char State, long Ticks, long Started, int Threads)
{
    /// <summary>Clock ticks per second, as the kernel shows them to programs on every architecture that .NET runs on.</summary>
    public const long TicksPerSecond = 100;

    /// <summary>Null for a text that is none.</summary>
    public static ThreadStat? Parse(string text)
    {
        // The name is in parentheses, and may have parentheses and spaces of its own: it ends at the last one.
        int open = text.IndexOf('(', StringComparison.Ordinal), close = text.LastIndexOf(')');
        if (open < 0 || close < open)
            return null;
        string[] fields = text[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // Field 3 of the manual, the state, is the first here.
        return fields.Length > 19 && Number(fields[11], out long user) && Number(fields[12], out long system) && Number(fields[17], out long threads) && Number(fields[19], out long started)
            ? new(text[(open + 1)..close], fields[0][0], user + system, started, (int)threads)
            : null;
    }

    private static bool Number(string text, out long number) => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out number);
}
