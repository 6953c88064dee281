namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// One queue as a state machine over time. It does no I/O and starts nothing but one timer, which is armed only while a
/// receive waits. Deadlines that nobody waits for take effect at the next call, which sees them as of their time.
/// </summary>
/// <remarks>
/// <c>_lock</c> guards every field that is not read-only, and the guarded part of each message, group and waiter in it. It is
/// held for O(log n) steps, never while another queue's lock is taken and never while a waiter is completed.
/// </remarks>
internal sealed partial class MessageQueue
{
    private readonly Lock _lock = new();
    private readonly IndexedHeap<StoredMessage, StoredMessage.ByVisibleAt> _hidden = new();
    private readonly IndexedHeap<StoredMessage, StoredMessage.ByAge> _retained = new();
    private readonly Remembered<SentEntry> _sent = new(e => e.Id, e => e.Until);
    private readonly Remembered<AttemptEntry> _attempts = new(e => e.Id, e => e.Until);
    private Dictionary<long, StoredMessage> _messages = [];
    private DeliveryOrder _order;
    private QueueSettings _settings;
    private int _inFlight;
    private int _delayed;
    private long _lastPurge;
    private bool _deleted;

    internal MessageQueue(SqsEngine engine, QueueIdentity identity, QueueSettings settings, long modifiedAt, long lastPurge = 0)
    {
        Engine = engine;
        Identity = identity;
        ModifiedAt = modifiedAt;
        Fifo = settings.Fifo;
        _settings = settings;
        _lastPurge = lastPurge;
        _order = NewOrder();
    }

    internal SqsEngine Engine { get; }

    internal QueueIdentity Identity { get; }

    internal bool Fifo { get; }

    /// <summary>UTC ticks of the last change of attributes. Written under the lock.</summary>
    internal long ModifiedAt { get; private set; }

    /// <summary>The attributes now. A reference that is replaced whole, so reading it needs no lock.</summary>
    internal QueueSettings Settings => Volatile.Read(ref _settings);

    private DeliveryOrder NewOrder() => Fifo ? new FifoOrder() : Engine.SampleDice(Identity.Id) is { } dice ? new SampledOrder(dice) : new StandardOrder();

    /// <summary>Lets every deadline that has passed take effect, and returns the time. First step of everything.</summary>
    private long Refresh()
    {
        var now = _order.Now = Engine.Now;
        while (_hidden.TryPeek(out var message, out var visibleAt) && visibleAt <= now)
        {
            _hidden.Remove(message);
            Show(message);
        }

        while (_retained.TryPeek(out var oldest, out var since) && since <= now - _settings.RetentionTicks) Drop(oldest);
        _sent.Forget(now);
        _attempts.Forget(now);
        return now;
    }

    /// <summary>A hidden message, out of the heap already, becomes ready.</summary>
    private void Show(StoredMessage message)
    {
        var from = message.State;
        if (from == MessageState.InFlight) _inFlight--;
        else _delayed--;
        message.State = MessageState.Ready;
        _order.Show(message, from);
    }

    /// <summary>Takes a message out of every structure; the caller tells the journal.</summary>
    private void Remove(StoredMessage message)
    {
        var state = message.State;
        message.State = MessageState.Gone;
        _messages.Remove(message.Key);
        _retained.Remove(message);
        if (message.HiddenPlace >= 0) _hidden.Remove(message);
        if (state == MessageState.InFlight) _inFlight--;
        else if (state == MessageState.Delayed) _delayed--;
        _order.Leave(message, state);
    }

    private void Drop(StoredMessage message)
    {
        Remove(message);
        Engine.Journal.Append(JournalEntry.Delete(this, message));
    }

    /// <summary>A new message, its state and deadlines set, enters every structure.</summary>
    private void Add(StoredMessage message)
    {
        _messages.Add(message.Key, message);
        _retained.Add(message);
        if (message.State != MessageState.Ready) _hidden.Add(message);
        if (message.State == MessageState.InFlight) _inFlight++;
        else if (message.State == MessageState.Delayed) _delayed++;
        _order.Enter(message);
    }
}
