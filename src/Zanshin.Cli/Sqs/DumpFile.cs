using Microsoft.Win32.SafeHandles;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Cli.Sqs;

/// <summary>
/// Where a dump is written: a new file, one page of messages after the other, each on the disk before <see cref="Write"/> returns;
/// or stdout. Used by one loop, which it blocks: nothing may go on before the disk has it.
/// </summary>
internal sealed class DumpFile : IDisposable
{
    private readonly Stream _to;
    private readonly FileStream? _file;
    private readonly MemoryStream _page = new();
    private long _good;

    private DumpFile(string path, Stream to, FileStream? file) => (Path, _to, _file) = (path, to, file);

    public string Path { get; }

    /// <exception cref="Refusal">It is there already, or cannot be made.</exception>
    public static DumpFile Create(string path)
    {
        try
        {
            return Of(path, new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0));
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new Refusal($"{path} exists already, and is not overwritten: give another name with -o FILE.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new Refusal($"{path} cannot be made ({exception.Message.TrimEnd('.')}): give another place with -o FILE.", exception);
        }
    }

    internal static DumpFile Of(string path, FileStream file) => new(path, file, file);

    public static DumpFile Stdout()
    {
        if (!OperatingSystem.IsWindows())
        {
            // The console's own stream takes all that goes into a pipe that nobody reads any more, and says nothing.
            var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!pipe.CanSeek)
                return new("-", pipe, null);
            pipe.Dispose();
        }
        return new("-", Console.OpenStandardOutput(), null);
    }

    /// <exception cref="Refusal">The disk did not take them. The file holds what was written before, and nothing of these.</exception>
    public void Write(IEnumerable<SqsMessage> messages)
    {
        _page.SetLength(0);
        foreach (SqsMessage message in messages)
            DumpLine.Write(_page, message);
        try
        {
            _page.WriteTo(_to);
            if (_file is null)
                _to.Flush();
            else
                _file.Flush(flushToDisk: true);
            _good += _page.Length;
        }
        catch (IOException exception)
        {
            TakeBack();
            throw new Refusal($"{(_file is null ? "stdout" : Path)} cannot be written any more: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    public void Dispose()
    {
        _page.Dispose();
        _to.Dispose();
        if (_file is not null && _good == 0)
            File.Delete(Path);
    }

    private void TakeBack()
    {
        try
        {
            _file?.SetLength(_good);
        }
        catch (IOException)
        {
            // Then its last line is a torn one, which requeue knows and leaves out: its message is on the queue.
        }
    }
}
