using System.Buffers;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>The rules for queue names.</summary>
internal static class QueueNames
{
    private const int MaxLength = 80;
    private const string FifoSuffix = ".fifo";

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    internal static SqsError? Check(string name, bool fifo)
    {
        if (fifo)
        {
            return name.EndsWith(FifoSuffix, StringComparison.Ordinal) && IsPlain(name[..^FifoSuffix.Length]) && name.Length <= MaxLength
                ? null
                : SqsError.Invalid("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length");
        }

        return IsPlain(name) && name.Length <= MaxLength
            ? null
            : SqsError.Invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
    }

    /// <summary>Letters, digits, hyphens and underscores, at least one: queue names and batch entry ids.</summary>
    internal static bool IsPlain(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Allowed);
}
