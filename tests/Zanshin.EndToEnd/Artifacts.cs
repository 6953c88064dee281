namespace Zanshin.EndToEnd;

/// <summary>Where things are: found from where this assembly runs.</summary>
internal static class Artifacts
{
    public static string Root { get; } = FindRoot();

    /// <summary>The built tool, of the same configuration as these tests.</summary>
    public static string Tool { get; } = Executable("Zanshin.Cli", "zanshin");

    public static string FirstWorker { get; } = Executable("FirstWorker", "FirstWorker");

    public static string HostedWorker { get; } = Executable("HostedWorker", "HostedWorker");

    public static string LeakyWorker { get; } = Executable("LeakyWorker", "LeakyWorker");

    public static string Webhooks { get; } = Path.Combine(Root, "samples", "data", "github-webhooks.jsonl");

    /// <summary>A built library of ours.</summary>
    public static string Library(string project) => Path.Combine(Path.GetDirectoryName(Executable(project, project))!, $"{project}.dll");

    private static string Executable(string project, string name)
    {
        string configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(Root, "artifacts", "bin", project, configuration, OperatingSystem.IsWindows() ? $"{name}.exe" : name);
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Zanshin.slnx")))
                return at.FullName;
        }
        throw new DirectoryNotFoundException($"No Zanshin.slnx above {AppContext.BaseDirectory}: run the tests where they were built.");
    }
}
