using System.Globalization;

namespace Zanshin.Bench.Harness;

/// <summary>The threads of this process, all of them: the runtime's, the pool's, and whoever began others.</summary>
internal static class OwnThreads
{
    private const string Status = "/proc/self/status";

    public static int Count() => Machine.Field(Status, "Threads:") is { } threads
        ? int.Parse(threads, CultureInfo.InvariantCulture)
        : System.Diagnostics.Process.GetCurrentProcess().Threads.Count;
}
