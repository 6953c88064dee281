using System.Globalization;
using System.Runtime.CompilerServices;

namespace Zanshin.Cli.Sqs;

/// <summary>Messages to be sent, line by line, from a file or stdin.</summary>
/// <param name="name">For messages to people.</param>
/// <param name="json">Each line is a message as <c>dump</c> writes it, else a body.</param>
/// <param name="tornLast">A last line that is cut off is left out, and <see cref="Torn"/> says so: a dump was ended while it wrote.</param>
internal sealed class MessageSource(Func<TextReader> open, string name, bool json, bool tornLast = false)
{
    public string Name => name;

    public bool Torn { get; private set; }

    /// <exception cref="Refusal">A line is no message.</exception>
    public async IAsyncEnumerable<(TextLine Line, Outgoing Message)> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        using TextReader reader = open();
        await foreach (TextLine line in TextLines.ReadAsync(reader, name, stop))
        {
            if (string.IsNullOrWhiteSpace(line.Text))
                continue;
            if (Message(line) is { } message)
                yield return (line, message);
        }
    }

    /// <summary>Whether it can be read again from its begin: a pipe cannot.</summary>
    /// <exception cref="Refusal">It cannot be opened.</exception>
    public static bool IsFile(string path)
    {
        using var reader = (StreamReader)Open(path);
        return reader.BaseStream.CanSeek;
    }

    /// <summary>Opens a file of lines.</summary>
    /// <exception cref="Refusal">It cannot be opened.</exception>
    public static TextReader Open(string path)
    {
        try
        {
            return new StreamReader(path, TextLines.Utf8);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new Refusal($"there is no file {path}.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new Refusal($"{path} cannot be read: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    private Outgoing? Message(TextLine line)
    {
        if (!json)
            return new Outgoing { Line = line.Number, Body = line.Text };
        try
        {
            return MessageLine.Read(line.Text, line.Number);
        }
        catch (FormatException) when (tornLast && !line.Ended)
        {
            Torn = true;
            return null;
        }
        catch (FormatException exception)
        {
            throw new Refusal(string.Create(CultureInfo.InvariantCulture, $"line {line.Number} of {name} {exception.Message}."), exception);
        }
    }
}
