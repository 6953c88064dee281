using Microsoft.Extensions.Logging;

namespace Zanshin.Cli.Work.Exec;

/// <summary>What a command prints goes to the log with its message, line by line, within bounds. One message at a time; thread-safe.</summary>
internal sealed class OutputLog(ILogger log)
{
    private const int LongestLine = 4096;
    private const int MostLines = 1000;

    private readonly Lock _lock = new(); // guards all below
    private string _queue = "";
    private string _message = "-";
    private readonly Dictionary<string, int> _lines = []; // by stream: a flood of one does not hide the other

    public void About(Message message)
    {
        lock (_lock)
        {
            (_queue, _message) = (message.Queue, message.Id);
            _lines.Clear();
        }
    }

    /// <summary>Until the stream ends. It is read to its end, whatever is logged of it, so that the command is not held up.</summary>
    public async Task PumpAsync(Stream stream, string name)
    {
        var lines = new LineReader(stream, LongestLine);
        while (await lines.ReadAsync() is { } line)
            Write(name, line.Cut ? $"{line.Text}... (cut)" : line.Text);
    }

    private void Write(string stream, string line)
    {
        string queue, message;
        int number;
        lock (_lock)
        {
            (queue, message, number) = (_queue, _message, _lines.GetValueOrDefault(stream) + 1);
            _lines[stream] = number;
        }
        if (number <= MostLines)
            log.Output(queue, message, stream, line);
        else if (number == MostLines + 1)
            log.OutputDropped(queue, message, stream, MostLines);
    }
}
