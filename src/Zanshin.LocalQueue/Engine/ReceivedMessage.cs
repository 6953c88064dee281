namespace Zanshin.LocalQueue.Engine;

/// <summary>A message as one receive got it: a copy of what may change, so that it can be written without the queue's lock.</summary>
internal readonly record struct ReceivedMessage(StoredMessage Message, long ReceiveNumber, int ReceiveCount, long FirstReceivedAt);
