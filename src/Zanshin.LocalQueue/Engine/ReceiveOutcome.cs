namespace Zanshin.LocalQueue.Engine;

/// <summary>How a receive ended: messages, perhaps none, or an error.</summary>
internal readonly record struct ReceiveOutcome(ReceivedMessage[] Messages, SqsError? Error = null)
{
    internal static readonly ReceiveOutcome Empty = new([]);

    internal static ReceiveOutcome Failed(SqsError error) => new([], error);
}
