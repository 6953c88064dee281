using System.Globalization;
using System.Runtime.InteropServices;

namespace Zanshin.Bench.Harness;

/// <summary>What the figures were measured on, in a line.</summary>
internal static class Machine
{
    public static string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"{Processor()}, {Environment.ProcessorCount} cores for worker and queue together; {System()}; {RuntimeInformation.FrameworkDescription}, {Build()}");

    private static string Processor() =>
        Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string System() => Kernel() is { } kernel ? $"Linux {kernel}" : RuntimeInformation.OSDescription;

    private static string? Kernel() =>
        File.Exists("/proc/sys/kernel/osrelease") ? string.Join('.', File.ReadAllText("/proc/sys/kernel/osrelease").Trim().Split('.', '-').Take(2)) : null;

    private static string Build() =>
#if DEBUG
        "Debug (not to be quoted)";
#else
        "Release";
#endif

    public static string? Field(string file, string name) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() : null;
}
