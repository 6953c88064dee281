namespace Zanshin.Bench.Harness;

/// <summary>Where things are: found from where this assembly runs.</summary>
internal static class Places
{
    public static string Root { get; } = FindRoot();

    public static string Results { get; } = Path.Combine(Root, "bench", "results");

    /// <summary>The built tool, of the same configuration as this.</summary>
    public static string Tool { get; } = Path.Combine(
        Root, "artifacts", "bin", "Zanshin.Cli", Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)),
        OperatingSystem.IsWindows() ? "zanshin.exe" : "zanshin");

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Zanshin.slnx")))
                return at.FullName;
        }
        throw new DirectoryNotFoundException($"No Zanshin.slnx above {AppContext.BaseDirectory}: run the benchmarks where they were built.");
    }
}
