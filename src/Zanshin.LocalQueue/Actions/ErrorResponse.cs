using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>The call failed.</summary>
internal sealed class ErrorResponse(SqsError error) : SqsResponse
{
    internal override SqsError Error { get; } = error;

    /// <summary>An error is an answer: a failed check is simply returned.</summary>
    internal static ErrorResponse From(SqsError error) => new(error);
}
