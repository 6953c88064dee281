using System.Text;

namespace Zanshin.Cli.Work.Exec;

/// <summary>Lines of UTF-8 from a process, each no longer than a bound. One reader at a time.</summary>
/// <param name="dropsRest">Of a longer line the rest is read and dropped; else it comes at once, cut, and nothing sensible can be read after it.</param>
internal sealed class LineReader(Stream stream, int longest, bool dropsRest = true)
{
    private readonly byte[] _buffer = new byte[4096];
    private readonly List<byte> _line = [];
    private int _at;
    private int _filled;

    /// <summary>The next line, and whether it was cut; null at the end.</summary>
    public async ValueTask<(string Text, bool Cut)?> ReadAsync(CancellationToken cancel = default)
    {
        bool cut = false;
        while (true)
        {
            int end = Array.IndexOf(_buffer, (byte)'\n', _at, _filled - _at);
            int until = end < 0 ? _filled : end;
            int room = Math.Min(until - _at, longest - _line.Count);
            _line.AddRange(_buffer.AsSpan(_at, room));
            cut |= room < until - _at;
            _at = end < 0 ? _filled : end + 1;
            if (end >= 0 || (cut && !dropsRest))
                return (Take(), cut);
            (_at, _filled) = (0, await FillAsync(cancel));
            if (_filled == 0)
                return _line.Count == 0 ? null : (Take(), cut);
        }
    }

    private string Take()
    {
        string line = Encoding.UTF8.GetString([.. _line]).TrimEnd('\r');
        _line.Clear();
        return line;
    }

    private async ValueTask<int> FillAsync(CancellationToken cancel)
    {
        try
        {
            return await stream.ReadAsync(_buffer, cancel);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process is gone, or given up.
            return 0;
        }
    }
}
