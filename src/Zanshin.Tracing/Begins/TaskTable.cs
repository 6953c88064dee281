using System.Globalization;
using Zanshin.Diagnosis.Processes;

namespace Zanshin.Tracing.Begins;

/// <summary>The threads of a process, from <c>/proc/PID/task</c>: the only sign of a thread's end, because the runtime sends no event for it.</summary>
internal static class TaskTable
{
    public static bool IsHere { get; } = Directory.Exists("/proc/self/task");

    /// <summary>Null when the process is gone.</summary>
    public static HashSet<int>? Ids(int processId)
    {
        try
        {
            var ids = new HashSet<int>();
            foreach (string task in Directory.EnumerateDirectories(Place(processId)))
            {
                if (int.TryParse(Path.GetFileName(task), CultureInfo.InvariantCulture, out int id))
                    ids.Add(id);
            }
            return ids;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>When the thread started, in ticks since boot; null when it has ended.</summary>
    public static ulong? StartTime(int processId, int threadId) =>
        Read($"{Place(processId)}/{threadId.ToString(CultureInfo.InvariantCulture)}/stat") is { } text && ThreadStat.Parse(text) is { } stat ? (ulong)stat.Started : null;

    public static string? Name(int processId, int threadId) =>
        Read($"{Place(processId)}/{threadId.ToString(CultureInfo.InvariantCulture)}/comm")?.TrimEnd('\n');

    private static string Place(int processId) => $"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/task";

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
