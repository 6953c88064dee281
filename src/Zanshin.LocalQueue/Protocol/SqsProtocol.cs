using System.Buffers;
using Zanshin.LocalQueue.Actions;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>How calls and answers look on the wire. Actions know nothing of it.</summary>
internal abstract class SqsProtocol
{
    /// <summary>The answer's Content-Type.</summary>
    internal abstract string ContentType { get; }

    /// <summary>Reads a call. Throws <see cref="ProtocolException"/> when it is no call of this protocol.</summary>
    /// <param name="target">The <c>X-Amz-Target</c> header.</param>
    /// <param name="body">The body, whole.</param>
    internal abstract SqsRequest Read(string? target, ReadOnlySpan<byte> body);

    internal abstract void Write(SqsResponse response, IBufferWriter<byte> output);
}
