using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>An answer, to be written in the protocol of the call.</summary>
internal abstract class SqsResponse
{
    /// <summary>Set when the call as a whole failed.</summary>
    internal virtual SqsError? Error => null;
}
