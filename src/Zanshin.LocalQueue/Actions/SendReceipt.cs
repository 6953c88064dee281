using System.Globalization;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>What a sender is told about one message; <paramref name="Id"/> is the batch entry's.</summary>
internal readonly record struct SendReceipt(string? Id, SentMessage Sent, OutgoingMessage Message, bool Fifo)
{
    // Always 20 digits, so that sequence numbers also rise as text.
    private const ulong First = 10_000_000_000_000_000_000;

    internal static string SequenceNumber(long key) => (First + (ulong)key).ToString(CultureInfo.InvariantCulture);
}
