using System.Collections.Concurrent;

namespace Zanshin.LocalQueue.Engine;

/// <summary>All queues of one account in one region.</summary>
internal sealed class SqsEngine
{
    private readonly string _region;
    private readonly ConcurrentDictionary<string, MessageQueue> _queues = new(StringComparer.Ordinal);

    /// <summary>Guards creation and deletion of queues, the sorted names, and the names held back after a deletion.</summary>
    private readonly Lock _registry = new();

    /// <summary>Moves between queues happen one at a time, so that messages of a group arrive in their order. Taken before any queue's lock.</summary>
    private readonly Lock _moves = new();

    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _deletedAt = new(StringComparer.Ordinal);
    private readonly long _nameHoldTicks;
    private volatile bool _closed;

    internal SqsEngine(LocalSqsOptions options, IJournal journal, long epoch = 0)
    {
        Time = options.TimeProvider;
        AccountId = options.AccountId;
        InFlightLimit = options.InFlightLimit;
        Journal = journal;
        Ids = new(options.Seed, epoch);
        _region = options.Region;
        _nameHoldTicks = options.DeletedNameHold.Ticks;
    }

    internal TimeProvider Time { get; }

    internal IJournal Journal { get; }

    internal IdSource Ids { get; }

    internal string AccountId { get; }

    internal int InFlightLimit { get; }

    /// <summary>UTC ticks.</summary>
    internal long Now => Time.GetUtcNow().UtcTicks;

    /// <summary>False once closed: receives answer at once instead of waiting.</summary>
    internal bool Open => !_closed;

    internal MessageQueue? Find(string name) => _queues.GetValueOrDefault(name);

    /// <summary>Creates a queue, or answers the one there is; <paramref name="differs"/> names the attribute in which that one differs, if any.</summary>
    internal (MessageQueue?, SqsError?) Create(string name, QueueSettings settings, Func<MessageQueue, string?> differs)
    {
        lock (_registry)
        {
            if (_queues.TryGetValue(name, out var existing))
            {
                return differs(existing) is { } attribute ? (null, SqsError.QueueExists(attribute)) : (existing, null);
            }

            var now = Now;
            if (_deletedAt.TryGetValue(name, out var deleted) && now - deleted < _nameHoldTicks) return (null, SqsError.DeletedRecently());
            _deletedAt.Remove(name);
            var queue = new MessageQueue(this, new(Ids.NextKey(), name, Arn(name), Ids.NextTag(), now), settings, now);
            Journal.Append(new() { Kind = JournalKind.Queue, Queue = queue, Settings = settings, At = now });
            _names.Add(name);
            _queues[name] = queue;
            return (queue, null);
        }
    }

    /// <summary>Puts a stored queue back. Before the first call only.</summary>
    internal MessageQueue Restore(QueueIdentity identity, QueueSettings settings, long modifiedAt, long lastPurge)
    {
        lock (_registry)
        {
            var queue = new MessageQueue(this, identity, settings, modifiedAt, lastPurge);
            _names.Add(identity.Name);
            _queues[identity.Name] = queue;
            return queue;
        }
    }

    internal bool Delete(string name)
    {
        var after = default(AfterLock);
        MessageQueue? queue;
        lock (_registry)
        {
            if (!_queues.TryRemove(name, out queue)) return false;
            _names.Remove(name);
            if (_nameHoldTicks > 0) _deletedAt[name] = Now;
            // Under the registry's lock, so that no queue of this name is recorded before the end of this one.
            queue.Delete(ref after);
        }

        after.Run(queue);
        return true;
    }

    /// <summary>Up to <paramref name="max"/> names with the prefix, in ordinal order, after <paramref name="after"/>; and whether there are more.</summary>
    internal (List<string> Names, bool More) List(string prefix, string? after, int max)
    {
        lock (_registry)
        {
            var names = new List<string>();
            var from = after is not null && after.StartsWith(prefix, StringComparison.Ordinal) ? after : prefix;
            var end = prefix + '\uFFFF';
            // Behind all names: no token of ours, but who made it up may learn that there is nothing.
            if (string.CompareOrdinal(from, end) > 0) return (names, false);
            foreach (var name in _names.GetViewBetween(from, end))
            {
                if (name == after || !name.StartsWith(prefix, StringComparison.Ordinal)) continue;
                if (names.Count == max) return (names, true);
                names.Add(name);
            }

            return (names, false);
        }
    }

    internal string Arn(string name) => $"arn:aws:sqs:{_region}:{AccountId}:{name}";

    /// <summary>Moves what <paramref name="source"/> has set aside to its dead-letter queue. Called with no queue's lock held.</summary>
    internal void Redrive(MessageQueue source)
    {
        var afterTarget = default(AfterLock);
        var afterSource = default(AfterLock);
        MessageQueue? target;
        lock (_moves)
        {
            target = source.Settings.Redrive is { } redrive ? Find(redrive.TargetQueue) : null;
            var messages = source.TakeOutgoing();
            if (messages.Count == 0) return;
            if (target is null || !target.Adopt(messages, source.Identity.Arn, ref afterTarget)) source.TakeBack(messages, ref afterSource);
        }

        if (target is not null) afterTarget.Run(target);
        afterSource.Run(source);
    }

    /// <summary>Ends every wait with an empty answer and stops all timers. Calls that do not wait still work.</summary>
    internal void Close()
    {
        _closed = true;
        List<MessageQueue> queues;
        lock (_registry)
        {
            queues = [.. _names.Select(name => _queues[name])];
        }

        foreach (var queue in queues) queue.Close();
    }
}
