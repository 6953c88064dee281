using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>What an action works with: the queues, and what only the transport knows.</summary>
/// <param name="engine">All queues.</param>
/// <param name="baseUrl">What queue URLs begin with, without a slash at the end.</param>
/// <param name="waiter">Makes the waiter for a receive that has to wait; called under the queue's lock.</param>
internal sealed class ActionContext(SqsEngine engine, string baseUrl, Func<MessageQueue, ReceiveMessage, Waiter> waiter)
{
    internal SqsEngine Engine => engine;

    internal Func<MessageQueue, ReceiveMessage, Waiter> Waiter => waiter;

    internal string UrlOf(string queue) => $"{baseUrl}/{engine.AccountId}/{queue}";
}
