using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>
/// What is to be sent to one queue, and what goes next: in the order in which it was added, in batches of up to 10 messages and 1 MiB. Of a group of a FIFO
/// queue one message at a time is out of the line: of two in one call, or in two calls at once, the first may fail while the second is taken. The next follows
/// when that one is confirmed; where it has failed for good, those behind it have failed too. Pure: not thread-safe, its owner locks.
/// </summary>
internal sealed class SendLine<T>(bool fifo)
    where T : Queued
{
    private static readonly SqsFailure Behind = new(SqsFailureKind.Refused, "one before it of its group could not be sent");

    private readonly PriorityQueue<T, long> _ready = new(); // may go now, by number
    private readonly DeadlineHeap<T> _again = new(); // failed, and wait for their next try
    private readonly Dictionary<string, Queue<T>?> _behind = []; // by group, of each of which one is ready, out or to go again; null for none behind it
    private long _added;

    /// <summary>Messages that may go now.</summary>
    public int Ready => _ready.Count;

    /// <summary>Bytes of these.</summary>
    public long ReadyBytes { get; private set; }

    /// <summary>The first of these; null for none.</summary>
    public T? First => _ready.TryPeek(out T? first, out _) ? first : null;

    /// <summary>When the next of those that failed is to be tried again; <see cref="TimeSpan.MaxValue"/> for none.</summary>
    public TimeSpan AgainAt => _again.Earliest;

    public void Add(T message)
    {
        message.Number = _added++;
        if (!fifo)
        {
            Admit(message);
        }
        else if (!_behind.TryGetValue(message.Group, out Queue<T>? behind))
        {
            _behind[message.Group] = null;
            Admit(message);
        }
        else
        {
            (behind ?? (_behind[message.Group] = new())).Enqueue(message);
        }
    }

    /// <summary>Those that are due to be tried again are ready again.</summary>
    public void Refresh(TimeSpan now)
    {
        while (_again.Earliest <= now)
        {
            T message = _again.First;
            _again.Remove(message);
            Admit(message);
        }
    }

    /// <summary>The next batch; null where nothing may go now.</summary>
    public List<T>? Take(TimeSpan now)
    {
        Refresh(now);
        List<T>? batch = null;
        long bytes = 0;
        while (First is { } next && (batch is null || (batch.Count < SqsLimits.Batch && bytes + next.Message.Size <= SqsLimits.PayloadBytes && !next.Alone && !batch[0].Alone)))
        {
            RemoveFirst();
            next.Tried ??= now;
            bytes += next.Message.Size;
            (batch ??= new(SqsLimits.Batch)).Add(next);
        }
        return batch;
    }

    /// <summary>Out of the line, and confirmed: the next of its group may go.</summary>
    public void Confirmed(T message)
    {
        if (!fifo)
            return;
        if (_behind[message.Group] is { Count: > 0 } behind)
            Admit(behind.Dequeue());
        else
            _behind.Remove(message.Group);
    }

    /// <summary>Out of the line, and to be sent again: at a time, or as soon as its place allows.</summary>
    public void Again(T message, TimeSpan? at = null)
    {
        if (at is { } due)
            _again.Set(message, due);
        else
            Admit(message);
    }

    /// <summary>Out of the line, and failed for good. Gives those behind it in its group, with the answer that says so: they would overtake it.</summary>
    public IEnumerable<T> Lost(T message)
    {
        if (!fifo || !_behind.Remove(message.Group, out Queue<T>? behind) || behind is null)
            return [];
        foreach (T follower in behind)
            follower.Message.Answer = SendAnswer.Failed(Behind);
        return behind;
    }

    /// <summary>Takes out the first of those that are ready.</summary>
    public T RemoveFirst()
    {
        T first = _ready.Dequeue();
        ReadyBytes -= first.Message.Size;
        return first;
    }

    /// <summary>Takes out all that are in the line. What is out may still be confirmed, or lost.</summary>
    public List<T> Clear()
    {
        Refresh(TimeSpan.MaxValue - TimeSpan.FromTicks(1));
        List<T> all = [];
        while (_ready.Count > 0)
        {
            T first = RemoveFirst();
            all.Add(first);
            if (fifo && _behind.Remove(first.Group, out Queue<T>? behind) && behind is not null)
                all.AddRange(behind);
        }
        foreach ((string group, Queue<T>? behind) in _behind.ToArray())
        {
            all.AddRange(behind ?? []);
            _behind[group] = null;
        }
        return all;
    }

    private void Admit(T message)
    {
        _ready.Enqueue(message, message.Number);
        ReadyBytes += message.Message.Size;
    }
}
