namespace Zanshin.Cli.Work.Exec;

/// <summary>A command that was found, and its arguments. No shell reads them.</summary>
internal sealed record CommandLine(string File, IReadOnlyList<string> Arguments)
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Where it is a path, that; else the first of its name in PATH.</summary>
    /// <exception cref="Refusal">There is none.</exception>
    public static CommandLine Find(IReadOnlyList<string> words)
    {
        string name = words[0];
        if (OperatingSystem.IsWindows())
            return new CommandLine(name, [.. words.Skip(1)]);
        if (name.Contains('/', StringComparison.Ordinal))
        {
            if (Directory.Exists(name))
                throw new Refusal($"the command '{name}' is a directory: give the file in it that is to be run.");
            if (!System.IO.File.Exists(name))
                throw new Refusal($"there is no command '{name}' here.");
            if (!IsExecutable(name))
                throw new Refusal($"the command '{name}' is not executable: chmod +x it, or name its interpreter first, like sh {name}.");
            return new CommandLine(Path.GetFullPath(name), [.. words.Skip(1)]);
        }
        string? found = InPath(name);
        return new CommandLine(
            found ?? throw new Refusal($"there is no command '{name}' in PATH: {(System.IO.File.Exists(name) ? $"the one here is ./{name}" : "correct its name, or give its path")}."),
            [.. words.Skip(1)]);
    }

    public static string? InPath(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, name))
        .FirstOrDefault(static file => System.IO.File.Exists(file) && IsExecutable(file));

    private static bool IsExecutable(string file) => OperatingSystem.IsWindows() || (System.IO.File.GetUnixFileMode(file) & Executable) != 0;
}
