using System.Globalization;

namespace Zanshin.Diagnosis.Processes;

/// <summary>One look at a Linux process, whatever it is written in.</summary>
internal sealed class ProcessLook
{
    private ProcessLook(int id, ProcFiles files, ThreadStat stat, IReadOnlyList<ThreadLook> threads, TimeSpan sinceStart)
    {
        (Id, Name, Threads) = (id, stat.Name, threads);
        CommandLine = (files.Read("cmdline") ?? "").TrimEnd('\0').Replace('\0', ' ');
        Runtime = RuntimeOf(files);
        Age = sinceStart - Ticks(stat.Started);
        ResidentBytes = KiB(files.Read("status"), "VmRSS:");
        Descriptors = files.Names("fd") is { Count: > 0 } fds ? fds.Count : null;
        Denied = [.. files.Denied];
    }

    public int Id { get; }

    public string Name { get; }

    public string CommandLine { get; }

    /// <summary>What it is written in, where that shows.</summary>
    public LanguageRuntime Runtime { get; }

    public TimeSpan Age { get; }

    public IReadOnlyList<ThreadLook> Threads { get; }

    public long? ResidentBytes { get; }

    public int? Descriptors { get; }

    /// <summary>The names of what could not be read for want of permission.</summary>
    public IReadOnlyList<string> Denied { get; }

    /// <summary>Null when there is no such process (any more).</summary>
    public static ProcessLook? Take(int id, string root = "/proc", Syscalls? syscalls = null)
    {
        var files = new ProcFiles(id, root);
        if (files.Read("stat") is not { } text || ThreadStat.Parse(text) is not { } stat || UpTime(root) is not { } upTime)
            return null;
        var waits = new Waits(files, syscalls ?? Syscalls.Here);
        List<ThreadLook> threads = [];
        foreach (int thread in files.Threads())
        {
            // It has ended since its name was read.
            if (files.ReadOf(thread, "stat") is not { } of || ThreadStat.Parse(of) is not { } it)
                continue;
            ThreadCall? call = files.ReadOf(thread, "syscall") is { } line ? ThreadCall.Parse(line) : null;
            threads.Add(new(thread, it.Name, it.State, it.Started, upTime - Ticks(it.Started), Ticks(it.Ticks), waits.Of(call)));
        }
        return threads.Count == 0 ? null : new(id, files, stat, threads, upTime);
    }

    private static TimeSpan Ticks(long ticks) => TimeSpan.FromSeconds(ticks / (double)ThreadStat.TicksPerSecond);

    private static TimeSpan? UpTime(string root)
    {
        try
        {
            return TimeSpan.FromSeconds(double.Parse(File.ReadAllText($"{root}/uptime").Split(' ')[0], CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    private static long? KiB(string? status, string key)
    {
        foreach (string line in status?.Split('\n') ?? [])
        {
            if (line.StartsWith(key, StringComparison.Ordinal) && long.TryParse(line.AsSpan(key.Length).Trim().TrimEnd("kB "), NumberStyles.None, CultureInfo.InvariantCulture, out long kib))
                return kib * 1024;
        }
        return null;
    }

    // By what is mapped into it: names can be anything.
    private static LanguageRuntime RuntimeOf(ProcFiles files)
    {
        string maps = files.Read("maps") ?? "", command = Path.GetFileName((files.Link("exe", "exe") ?? "").Replace(" (deleted)", "", StringComparison.Ordinal));
        return maps.Contains("libcoreclr.so", StringComparison.Ordinal) ? LanguageRuntime.DotNet
            : maps.Contains("libruby", StringComparison.Ordinal) || command.StartsWith("ruby", StringComparison.Ordinal) ? LanguageRuntime.Ruby
            : maps.Contains("libjvm.so", StringComparison.Ordinal) ? LanguageRuntime.Java
            : command.StartsWith("node", StringComparison.Ordinal) ? LanguageRuntime.Node
            : maps.Contains("libpython", StringComparison.Ordinal) || command.StartsWith("python", StringComparison.Ordinal) ? LanguageRuntime.Python
            : LanguageRuntime.Other;
    }
}
