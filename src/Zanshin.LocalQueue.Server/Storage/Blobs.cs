using System.Runtime.InteropServices;
using System.Text;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>Small lists as bytes in one column.</summary>
internal static class Blobs
{
    internal static byte[] Of(MessageAttribute[] attributes)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write7BitEncodedInt(attributes.Length);
        foreach (var attribute in attributes)
        {
            writer.Write(attribute.Name);
            writer.Write(attribute.DataType);
            writer.Write(attribute.IsBinary);
            writer.Write7BitEncodedInt(attribute.Value.Length);
            writer.Write(attribute.Value);
        }

        writer.Flush();
        return stream.ToArray();
    }

    internal static MessageAttribute[] Attributes(ReadOnlySpan<byte> blob)
    {
        using var reader = new BinaryReader(new MemoryStream(blob.ToArray()), Encoding.UTF8);
        var attributes = new MessageAttribute[reader.Read7BitEncodedInt()];
        for (var i = 0; i < attributes.Length; i++)
        {
            var name = reader.ReadString();
            var type = reader.ReadString();
            var isBinary = reader.ReadBoolean();
            attributes[i] = new(name, type, reader.ReadBytes(reader.Read7BitEncodedInt()), isBinary);
        }

        return attributes;
    }

    internal static byte[] Of((long Key, long ReceiveNumber)[] given)
    {
        var numbers = new long[given.Length * 2];
        for (var i = 0; i < given.Length; i++) (numbers[2 * i], numbers[(2 * i) + 1]) = given[i];
        return MemoryMarshal.AsBytes<long>(numbers).ToArray();
    }

    internal static (long Key, long ReceiveNumber)[] Given(ReadOnlySpan<byte> blob)
    {
        var numbers = MemoryMarshal.Cast<byte, long>(blob);
        var given = new (long, long)[numbers.Length / 2];
        for (var i = 0; i < given.Length; i++) given[i] = (numbers[2 * i], numbers[(2 * i) + 1]);
        return given;
    }
}
