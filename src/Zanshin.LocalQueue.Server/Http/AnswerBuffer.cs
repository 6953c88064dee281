using System.Buffers;

namespace Zanshin.LocalQueue.Server.Http;

/// <summary>Buffers for answers, one kept by each thread; a large one is let go.</summary>
internal static class AnswerBuffer
{
    private const int KeptCapacity = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _kept;

    internal static ArrayBufferWriter<byte> Rent()
    {
        var buffer = _kept ?? new ArrayBufferWriter<byte>(4096);
        _kept = null;
        return buffer;
    }

    internal static void Return(ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > KeptCapacity) return;
        buffer.ResetWrittenCount();
        _kept = buffer;
    }
}
