using System.Globalization;

namespace Zanshin.Cli.Sqs;

/// <summary>Numbers of messages in sentences: one message is, two messages are.</summary>
internal static class Counted
{
    public static string Messages(long n) => n == 1 ? "1 message" : string.Create(CultureInfo.InvariantCulture, $"{n:N0} messages");

    public static string Are(long n) => $"{Messages(n)} {(n == 1 ? "is" : "are")}";

    public static string Were(long n) => $"{Messages(n)} {(n == 1 ? "was" : "were")}";
}
