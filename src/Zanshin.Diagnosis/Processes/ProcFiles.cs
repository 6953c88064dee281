using System.Globalization;

namespace Zanshin.Diagnosis.Processes;

/// <summary>
/// The files of one process under <c>/proc</c>. What may not be read, and what has gone in mid-look, is null; what was denied is kept
/// in <see cref="Denied"/>. For one look: not thread-safe.
/// </summary>
/// <param name="root"><c>/proc</c>, or a copy of it.</param>
internal sealed class ProcFiles(int process, string root = "/proc")
{
    private const int LargestRead = 1 << 20;

    private readonly string _home = string.Create(CultureInfo.InvariantCulture, $"{root}/{process}");

    /// <summary>Names of what could not be read for want of permission, like "syscall".</summary>
    public SortedSet<string> Denied { get; } = new(StringComparer.Ordinal);

    public string Root => root;

    public bool Exists => Directory.Exists(_home);

    /// <summary>Ids of its threads, in no order; empty once it has gone.</summary>
    public IEnumerable<int> Threads()
    {
        foreach (string name in Names("task"))
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int thread))
                yield return thread;
        }
    }

    public string? Read(string file) => Try(file, () => File.ReadAllText($"{_home}/{file}"));

    public string? ReadOf(int thread, string file) => Try(file, () => File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"{_home}/task/{thread}/{file}")));

    /// <summary>What a link says, like that of a descriptor: "socket:[4711]".</summary>
    public string? Link(string file, string denied) => Try(denied, () => new FileInfo($"{_home}/{file}").LinkTarget);

    public IReadOnlyList<string> Names(string folder) =>
        Try(folder, () => (IReadOnlyList<string>)[.. Directory.EnumerateFileSystemEntries($"{_home}/{folder}").Select(static path => Path.GetFileName(path))]) ?? [];

    /// <summary>Some bytes of its memory; null where they may not be read, or are not there.</summary>
    public byte[]? Memory(ulong address, int length)
    {
        if (address == 0 || length is <= 0 or > LargestRead)
            return null;
        return Try("mem", () =>
        {
            using FileStream memory = new($"{_home}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            memory.Position = unchecked((long)address);
            var bytes = new byte[length];
            memory.ReadExactly(bytes);
            return bytes;
        });
    }

    private T? Try<T>(string what, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (UnauthorizedAccessException)
        {
            Denied.Add(what);
        }
        // EPERM comes as this one too; ESRCH, ENOENT and EIO are of a thread, a file or an address that has gone.
        catch (IOException exception)
        {
            const int notPermitted = 1;
            if ((exception.HResult & 0xFFFF) == notPermitted)
                Denied.Add(what);
        }
        catch (ArgumentException)
        {
            // An address beyond what a file can have.
        }
        return null;
    }
}
