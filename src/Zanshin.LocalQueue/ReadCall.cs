using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue;

/// <summary>A call that came to a <see cref="LocalSqsHandler"/>: read, and not acted on.</summary>
/// <param name="Engine">All queues.</param>
/// <param name="Request">What was asked.</param>
/// <param name="BaseUrl">What queue URLs begin with.</param>
internal readonly record struct ReadCall(SqsEngine Engine, SqsRequest Request, string BaseUrl)
{
    /// <summary>Has the queue act on it.</summary>
    internal ValueTask<SqsResponse> AnswerAsync(CancellationToken cancel) => Calls.AnswerAsync(Engine, Request, BaseUrl, inline: true, cancel);
}
