using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>The call cannot be read.</summary>
internal sealed class ProtocolException(SqsError error) : Exception(error.Message)
{
    internal SqsError Error => error;
}
