using System.Collections.Immutable;

namespace Zanshin.LocalQueue.Engine;

internal sealed partial class MessageQueue
{
    internal QueueCounts Count()
    {
        var after = default(AfterLock);
        QueueCounts counts;
        lock (_lock)
        {
            var now = Refresh();
            counts = new(_messages.Count - _inFlight - _delayed, _inFlight, _delayed);
            // What became ready just now goes to those who wait, not into the next call.
            Serve(now, ref after);
        }

        after.Run(this);
        return counts;
    }

    /// <summary>All messages as they stand, oldest first; nothing changes by looking.</summary>
    internal List<(StoredMessage Message, MessageState State, int ReceiveCount, long VisibleAt)> Look()
    {
        var after = default(AfterLock);
        List<(StoredMessage, MessageState, int, long)> found;
        lock (_lock)
        {
            var now = Refresh();
            found = [.. _messages.Values.OrderBy(static m => m.Key).Select(static m => (m, m.State, m.ReceiveCount, m.VisibleAt))];
            Serve(now, ref after);
        }

        after.Run(this);
        return found;
    }

    /// <summary>Replaces the attributes. <paramref name="change"/> gets the current ones and answers the new ones, or an error.</summary>
    internal SqsError? Set(Func<QueueSettings, (QueueSettings?, SqsError?)> change)
    {
        var after = default(AfterLock);
        lock (_lock)
        {
            if (_deleted) return SqsError.NoSuchQueue();
            var now = Refresh();
            var (settings, error) = change(_settings);
            if (settings is null) return error;
            var delayChange = settings.DelayTicks - _settings.DelayTicks;
            Volatile.Write(ref _settings, settings);
            ModifiedAt = now;
            Engine.Journal.Append(new() { Kind = JournalKind.Queue, Queue = this, Settings = settings, At = now });
            // On FIFO queues, and only there, a new delay also counts for messages already delayed.
            if (Fifo && delayChange != 0) Redelay();
            Serve(Refresh(), ref after);
        }

        after.Run(this);
        return null;
    }

    /// <summary>Replaces the tags, which is no change of the queue's attributes.</summary>
    internal SqsError? Tag(Func<ImmutableSortedDictionary<string, string>, (ImmutableSortedDictionary<string, string>?, SqsError?)> change)
    {
        lock (_lock)
        {
            if (_deleted) return SqsError.NoSuchQueue();
            var (tags, error) = change(_settings.Tags);
            if (tags is null) return error;
            Volatile.Write(ref _settings, _settings with { Tags = tags });
            Engine.Journal.Append(new() { Kind = JournalKind.Queue, Queue = this, Settings = _settings, At = ModifiedAt });
            return null;
        }
    }

    private void Redelay()
    {
        foreach (var message in _messages.Values)
        {
            if (message.State != MessageState.Delayed) continue;
            message.VisibleAt = message.SentAt + _settings.DelayTicks;
            _hidden.Update(message);
            Engine.Journal.Append(JournalEntry.Lease(this, message));
        }
    }

    /// <summary>Removes every message, in flight and delayed ones too, and forgets what deduplication remembers.</summary>
    internal SqsError? Purge()
    {
        lock (_lock)
        {
            if (_deleted) return SqsError.NoSuchQueue();
            var now = Engine.Now;
            if (_lastPurge != 0 && now - _lastPurge < SqsLimits.AdministrationTicks) return SqsError.PurgeInProgress(Identity.Name);
            _lastPurge = now;
            var emptied = Empty();
            _sent.Clear();
            _attempts.Clear();
            Engine.Journal.Append(new() { Kind = JournalKind.Purge, Queue = this, Key = Engine.Ids.NextKey(), At = now, Emptied = emptied });
            return null;
        }
    }

    /// <summary>Ends the queue: what is in it is gone, and those who wait are told. Called once, by the engine.</summary>
    internal void Delete(ref AfterLock after)
    {
        lock (_lock)
        {
            _deleted = true;
            Engine.Journal.Append(new() { Kind = JournalKind.QueueDeleted, Queue = this, Emptied = Empty() });
            EndWaits(ReceiveOutcome.Failed(SqsError.NoSuchQueue()), ref after);
        }
    }

    /// <summary>Lets go of all messages at once, whatever their number, and answers which they were.</summary>
    private Dictionary<long, StoredMessage>.ValueCollection Empty()
    {
        var emptied = _messages.Values;
        _messages = [];
        _hidden.Clear();
        _retained.Clear();
        _outgoing.Clear();
        _order = NewOrder();
        _inFlight = _delayed = 0;
        return emptied;
    }
}
