using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Zanshin.LocalQueue.Engine;

/// <summary>The MD5 of message attributes as the SQS developer guide defines it ("Calculating the MD5 message digest for message attributes").</summary>
internal static class AttributeDigest
{
    /// <summary>The digest of attributes already sorted by name (ordinal); null when there are none.</summary>
    internal static Md5Digest? Of(ReadOnlySpan<MessageAttribute> sorted)
    {
        if (sorted.IsEmpty) return null;
        var buffer = new ArrayBufferWriter<byte>(256);
        foreach (var attribute in sorted)
        {
            Text(buffer, attribute.Name);
            Text(buffer, attribute.DataType);
            buffer.Write([attribute.IsBinary ? (byte)2 : (byte)1]);
            Length(buffer, attribute.Value.Length);
            buffer.Write(attribute.Value);
        }

        return Md5Digest.Of(buffer.WrittenSpan);
    }

    private static void Text(ArrayBufferWriter<byte> buffer, string text)
    {
        Length(buffer, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, buffer);
    }

    private static void Length(ArrayBufferWriter<byte> buffer, int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(4), length);
        buffer.Advance(4);
    }
}
