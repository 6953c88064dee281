namespace Zanshin.LocalQueue.Engine;

/// <summary>Standard queues: as they become visible. One that comes back goes behind the others, so a message that keeps failing starves none.</summary>
internal sealed class StandardOrder : DeliveryOrder
{
    private MessageRow _ready;

    internal override void Enter(StoredMessage message)
    {
        if (message.State == MessageState.Ready) _ready.AddLast(message);
    }

    internal override void Show(StoredMessage message) => _ready.AddLast(message);

    internal override void PutBack(StoredMessage message) => _ready.AddFirst(message);

    internal override StoredMessage? Next(MessageGroup? current) => _ready.First;

    internal override void Take(StoredMessage message) => _ready.Remove(message);

    internal override void Leave(StoredMessage message, MessageState state)
    {
        if (state == MessageState.Ready) _ready.Remove(message);
    }
}
