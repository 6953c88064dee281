using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Zanshin.LocalQueue.Engine;

/// <summary>An MD5 in 16 bytes, kept beside each message so that a receive computes nothing.</summary>
internal readonly record struct Md5Digest(UInt128 Value)
{
    internal static Md5Digest Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
#pragma warning disable CA5351 // MD5 is what the SQS protocol has SDKs check; it guards against corruption, not attack
        MD5.HashData(bytes, hash);
#pragma warning restore CA5351
        return new(BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    internal const int Size = MD5.HashSizeInBytes;

    internal static Md5Digest Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    internal void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);

    /// <summary>32 lower-case hexadecimal digits, as SQS answers them.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
