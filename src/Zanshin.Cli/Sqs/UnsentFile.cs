namespace Zanshin.Cli.Sqs;

/// <summary>The lines that were not sent, in a file of its own beside theirs, made with the first of them. Used by one loop.</summary>
internal sealed class UnsentFile : IDisposable
{
    private StreamWriter? _writer;

    /// <exception cref="Refusal">It is there already: what it holds might be needed.</exception>
    public UnsentFile(string path)
    {
        Path = path;
        if (System.IO.Path.Exists(path))
            throw new Refusal($"{path} exists already, from an earlier try, and is not overwritten: requeue or move that file first.");
    }

    public string Path { get; }

    public long Lines { get; private set; }

    /// <exception cref="Refusal">It cannot be written.</exception>
    public void Add(string line)
    {
        try
        {
            _writer ??= new StreamWriter(new FileStream(Path, FileMode.CreateNew, FileAccess.Write), TextLines.Utf8);
            _writer.Write(line);
            _writer.Write('\n');
            _writer.Flush();
            Lines++;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new Refusal($"what was not sent cannot be written to {Path}: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    public void Dispose() => _writer?.Dispose();
}
