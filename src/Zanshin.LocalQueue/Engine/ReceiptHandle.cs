using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// Names one receive of one message of one queue, so that a handle from an earlier receive never acts on a later one.
/// It is found again without a table: the handle carries the message's key.
/// </summary>
internal readonly record struct ReceiptHandle(long QueueTag, long Key, long ReceiveNumber)
{
    private const int Bytes = 32;

    /// <summary>Length of the text: URL-safe Base64 of 32 bytes.</summary>
    internal const int TextLength = 43;

    internal void Format(Span<byte> utf8)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, QueueTag);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], Key);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], ReceiveNumber);
        BinaryPrimitives.WriteInt64BigEndian(bytes[24..], Check());
        Base64Url.EncodeToUtf8(bytes, utf8);
    }

    public override string ToString() => string.Create(TextLength, this, static (text, handle) =>
    {
        Span<byte> utf8 = stackalloc byte[TextLength];
        handle.Format(utf8);
        for (var i = 0; i < utf8.Length; i++) text[i] = (char)utf8[i];
    });

    internal static bool TryParse(string text, out ReceiptHandle handle)
    {
        handle = default;
        Span<byte> bytes = stackalloc byte[Bytes];
        if (text.Length != TextLength || Base64Url.DecodeFromChars(text, bytes, out _, out var written) != OperationStatus.Done || written != Bytes) return false;
        handle = new(
            BinaryPrimitives.ReadInt64BigEndian(bytes),
            BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[16..]));
        return BinaryPrimitives.ReadInt64BigEndian(bytes[24..]) == handle.Check();
    }

    /// <summary>Tells a handle from garbage; it is no signature.</summary>
    private long Check()
    {
        unchecked
        {
            var mixed = (ulong)QueueTag ^ ((ulong)Key * 0x9E3779B97F4A7C15) ^ ((ulong)ReceiveNumber * 0xC2B2AE3D27D4EB4F);
            mixed = (mixed ^ (mixed >> 31)) * 0xBF58476D1CE4E5B9;
            return (long)(mixed ^ (mixed >> 29));
        }
    }
}
