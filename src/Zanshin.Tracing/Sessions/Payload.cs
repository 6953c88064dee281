using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Diagnostics.Tracing;

namespace Zanshin.Tracing.Sessions;

/// <summary>Reads an event's fields in order. Valid only while the event is handed out.</summary>
internal ref struct Payload(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public static unsafe Payload Of(TraceEvent from) => new(new ReadOnlySpan<byte>((void*)from.DataStart, from.EventDataLength));

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public int[] Int32s(int count) => MemoryMarshal.Cast<byte, int>(Take(count * sizeof(int))).ToArray();

    /// <summary>UTF-16 up to a zero.</summary>
    public string Text()
    {
        ReadOnlySpan<char> chars = MemoryMarshal.Cast<byte, char>(_rest);
        int end = chars.IndexOf('\0');
        string text = new(end < 0 ? chars : chars[..end]);
        _rest = end < 0 ? [] : _rest[((end + 1) * sizeof(char))..];
        return text;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
