namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// Message ids, keys and receive numbers. With a seed, the same calls give the same ids on every run. Thread-safe.
/// </summary>
/// <param name="seed">Null for ids that differ on every run.</param>
/// <param name="epoch">Rises with each opening of a data file: keys and receive numbers of an earlier run never come again, whatever was deleted.</param>
internal sealed class IdSource(int? seed, long epoch)
{
    /// <summary>Leaves room for 10^12 keys in an epoch and keeps every sequence number at 20 digits.</summary>
    internal const int EpochShift = 40;

    private readonly Random? _random = seed is { } value ? new Random(value) : null;
    private readonly Lock _lock = new();
    private long _lastKey = epoch << EpochShift;
    private long _lastReceive = epoch << EpochShift;

    internal long NextKey() => Interlocked.Increment(ref _lastKey);

    internal long NextReceive() => Interlocked.Increment(ref _lastReceive);

    internal long NextTag()
    {
        if (_random is null) return Random.Shared.NextInt64();
        lock (_lock) return _random.NextInt64();
    }

    /// <summary>A random (version 4) UUID.</summary>
    internal Guid NextId()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (_random is null)
        {
            Random.Shared.NextBytes(bytes);
        }
        else
        {
            lock (_lock) _random.NextBytes(bytes);
        }

        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
