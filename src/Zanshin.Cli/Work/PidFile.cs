using System.Diagnostics;
using System.Globalization;

namespace Zanshin.Cli.Work;

/// <summary>The file that names this process while it lives. It appears whole or not at all, and goes with the process.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;

    private PidFile(string path) => _path = path;

    private static string Own => Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <exception cref="Refusal">It names a living process, or it cannot be written.</exception>
    public static PidFile Write(string path)
    {
        string draft = $"{path}.{Own}";
        try
        {
            RemoveStale(path, $"{draft}.stale");
            File.WriteAllText(draft, $"{Own}\n");
            // Not over another: of two that start at once, one is refused.
            File.Move(draft, path, overwrite: false);
            return new PidFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            if (File.Exists(draft))
                File.Delete(draft);
            throw new Refusal(File.Exists(path)
                ? $"the pidfile '{path}' has just been written by another process: start one of them, or give each its own."
                : $"the pidfile '{path}' cannot be written: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        try
        {
            if (Read(_path) == Own)
                File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays, and is stale: the next start replaces it.
        }
    }

    /// <param name="aside">Where it is taken first.</param>
    private static void RemoveStale(string path, string aside)
    {
        if (!File.Exists(path))
            return;
        string text = Read(path);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            throw new Refusal($"'{path}' exists and is no pidfile: give --pidfile a file of its own.");
        // Our own number is what the last container on this volume left: in a container it is 1 each time.
        if (id != Environment.ProcessId && IsAlive(id))
            throw new Refusal($"the pidfile '{path}' names process {id}, which is alive: stop it first, or give --pidfile another file.");
        // Of two that find the same stale file, one may have replaced it by now: what was taken is looked at again.
        File.Move(path, aside, overwrite: true);
        if (Read(aside) != text)
        {
            File.Move(aside, path, overwrite: false);
            throw new IOException("it has been replaced");
        }
        File.Delete(aside);
    }

    private static string Read(string path)
    {
        using var reader = new StreamReader(path);
        var text = new char[32];
        return new string(text, 0, reader.ReadBlock(text)).Trim();
    }

    private static bool IsAlive(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
