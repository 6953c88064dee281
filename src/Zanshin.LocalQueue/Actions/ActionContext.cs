using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>What an action works with: the queues, and what only the transport knows.</summary>
/// <param name="engine">All queues.</param>
/// <param name="region">Whose queues the call sees.</param>
/// <param name="baseUrl">What queue URLs begin with, without a slash at the end.</param>
/// <param name="waiter">Makes the waiter for a receive that has to wait; called under the queue's lock.</param>
internal sealed class ActionContext(SqsEngine engine, string region, string baseUrl, Func<MessageQueue, ReceiveMessage, Waiter> waiter)
{
    internal SqsEngine Engine => engine;

    internal string Region => region;

    internal Func<MessageQueue, ReceiveMessage, Waiter> Waiter => waiter;

    /// <summary>As SQS says it; and where there is one of this name, for who signs for one region and made the queue in another.</summary>
    internal SqsError NoSuchQueue(string name) => engine.ElsewhereThan(region, name) is { } other
        ? SqsError.NoSuchQueue() with { Message = $"{SqsError.NoSuchQueue().Message} The request is signed for {region}; there is a queue of this name in {other}." }
        : SqsError.NoSuchQueue();

    internal string UrlOf(string queue) => $"{baseUrl}/{engine.AccountId}/{queue}";
}
