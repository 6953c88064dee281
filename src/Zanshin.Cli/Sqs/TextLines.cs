using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Zanshin.Cli.Sqs;

/// <summary>The lines of a file or of stdin, one at a time and of bounded length.</summary>
internal static class TextLines
{
    /// <summary>A message of 1 MiB has at most six times as many characters in JSON.</summary>
    private const int Longest = 8 * 1024 * 1024;

    public static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="name">For messages to people.</param>
    /// <param name="stop">Ends the waiting for more; what stdin gives later is lost.</param>
    /// <exception cref="Refusal">A line is no UTF-8, or too long.</exception>
    public static async IAsyncEnumerable<TextLine> ReadAsync(TextReader reader, string name, [EnumeratorCancellation] CancellationToken stop)
    {
        var line = new StringBuilder();
        var buffer = new char[16 * 1024];
        int number = 1;
        for (int read; (read = await MoreAsync(reader, buffer, name, number, stop)) > 0;)
        {
            for (int at = 0; at < read;)
            {
                int end = Array.IndexOf(buffer, '\n', at, read - at);
                line.Append(buffer, at, (end < 0 ? read : end) - at);
                if (line.Length > Longest)
                    throw new Refusal(string.Create(CultureInfo.InvariantCulture, $"line {number:N0} of {name} is longer than any message can be: is it a file of lines?"));
                if (end < 0)
                    break;
                yield return new(number++, line.ToString().TrimEnd('\r'), Ended: true);
                line.Clear();
                at = end + 1;
            }
        }
        if (line.Length > 0)
            yield return new(number, line.ToString(), Ended: false);
    }

    private static async Task<int> MoreAsync(TextReader reader, char[] buffer, string name, int line, CancellationToken stop)
    {
        try
        {
            // A read of a terminal does not heed its token.
            return await reader.ReadAsync(buffer, stop).AsTask().WaitAsync(stop);
        }
        catch (DecoderFallbackException exception)
        {
            throw new Refusal(string.Create(CultureInfo.InvariantCulture, $"{name} is not UTF-8, at or after line {line:N0}."), exception);
        }
        catch (IOException exception)
        {
            throw new Refusal($"{name} cannot be read: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
