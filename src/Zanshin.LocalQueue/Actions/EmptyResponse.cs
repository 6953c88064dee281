namespace Zanshin.LocalQueue.Actions;

/// <summary>The call succeeded and has nothing to say.</summary>
internal sealed class EmptyResponse : SqsResponse
{
    internal static readonly EmptyResponse Instance = new();
}
