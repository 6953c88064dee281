using System.Collections.Concurrent;

namespace Zanshin.LocalQueue.Engine;

/// <summary>All queues of one account, each region by itself.</summary>
internal sealed class SqsEngine
{
    private readonly ConcurrentDictionary<(string Region, string Name), MessageQueue> _queues = [];

    /// <summary>Guards creation and deletion of queues, the sorted names, and the names held back after a deletion.</summary>
    private readonly Lock _registry = new();

    /// <summary>Moves between queues happen one at a time, so that messages of a group arrive in their order. Taken before any queue's lock.</summary>
    private readonly Lock _moves = new();

    private readonly Dictionary<string, SortedSet<string>> _names = new(StringComparer.Ordinal); // by region
    private readonly HashSet<(string Region, string Name)> _held = []; // names of deleted queues, for a minute
    private readonly Queue<((string Region, string Name) Place, long At)> _deleted = new(); // the same, oldest first
    private readonly long _nameHoldTicks;
    private readonly EngineClock _clock;
    private readonly bool _samples;
    private readonly int? _seed;
    private volatile bool _closed;

    internal SqsEngine(LocalSqsOptions options, IJournal journal, long epoch = 0, long notBefore = 0)
    {
        Time = options.TimeProvider;
        _clock = new(options.TimeProvider, notBefore);
        AccountId = options.AccountId;
        InFlightLimit = options.InFlightLimit;
        Journal = journal;
        Ids = new(options.Seed, epoch);
        Moves = new(this);
        Region = options.Region;
        _nameHoldTicks = options.DeletedNameHold.Ticks;
        _samples = options.SampleServers;
        _seed = options.Seed;
    }

    internal TimeProvider Time { get; }

    internal IJournal Journal { get; }

    internal IdSource Ids { get; }

    internal MoveTasks Moves { get; }

    internal string AccountId { get; }

    internal int InFlightLimit { get; }

    /// <summary>The region of calls that are not signed.</summary>
    internal string Region { get; }

    /// <summary>UTC ticks, which no change of the wall clock touches.</summary>
    internal long Now => _clock.Now;

    /// <summary>What answers are dated with. Callers judge by it how late an answer is, so it is the time that leases live by, whatever the wall clock is set to meanwhile.</summary>
    internal DateTimeOffset Date => new(Now, TimeSpan.Zero);

    /// <summary>An instant of <see cref="Now"/> as callers are shown it, by the wall clock.</summary>
    internal long Shown(long at) => _clock.Shown(at);

    /// <summary>False once closed: receives answer at once instead of waiting.</summary>
    internal bool Open => !_closed;

    /// <summary>What a queue draws the servers of each receive with; null where every receive finds all there is. The queue guards it.</summary>
    internal Random? SampleDice(long queueKey) => !_samples ? null : _seed is { } seed ? new(unchecked((seed * 397) ^ (int)queueKey)) : new();

    internal MessageQueue? FindByArn(string arn) => arn.Split(':') is [.., var region, _, var name] && Find(region, name) is { } queue && queue.Identity.Arn == arn ? queue : null;

    internal MessageQueue? Find(string region, string name) => _queues.GetValueOrDefault((region, name));

    /// <summary>In the region of calls that are not signed.</summary>
    internal MessageQueue? Find(string name) => Find(Region, name);

    /// <summary>Another region that has a queue of this name, for who asked in the wrong one.</summary>
    internal string? ElsewhereThan(string region, string name)
    {
        lock (_registry) return _names.FirstOrDefault(of => of.Key != region && of.Value.Contains(name)).Key;
    }

    /// <summary>Creates a queue, or answers the one there is; <paramref name="differs"/> names the attribute in which that one differs, if any.</summary>
    internal (MessageQueue?, SqsError?) Create(string region, string name, QueueSettings settings, Func<MessageQueue, string?> differs)
    {
        lock (_registry)
        {
            if (_queues.TryGetValue((region, name), out var existing))
            {
                return differs(existing) is { } attribute ? (null, SqsError.QueueExists(attribute)) : (existing, null);
            }

            var now = Now;
            ForgetDeleted(now);
            if (_held.Contains((region, name))) return (null, SqsError.DeletedRecently());
            var queue = new MessageQueue(this, new(Ids.NextKey(), name, Arn(region, name), Ids.NextTag(), now), settings, now);
            Journal.Append(new() { Kind = JournalKind.Queue, Queue = queue, Settings = settings, At = now });
            Enter(queue);
            return (queue, null);
        }
    }

    /// <summary>Puts a stored queue back. Before the first call only.</summary>
    internal MessageQueue Restore(QueueIdentity identity, QueueSettings settings, long modifiedAt, long lastPurge)
    {
        lock (_registry)
        {
            var queue = new MessageQueue(this, identity, settings, modifiedAt, lastPurge);
            Enter(queue);
            return queue;
        }
    }

    internal bool Delete(MessageQueue queue)
    {
        var after = default(AfterLock);
        (string Region, string Name) place = (queue.Identity.Region, queue.Identity.Name);
        lock (_registry)
        {
            if (!_queues.TryRemove(new(place, queue))) return false;
            var names = _names[place.Region];
            names.Remove(place.Name);
            if (names.Count == 0) _names.Remove(place.Region);
            var now = Now;
            ForgetDeleted(now);
            if (_nameHoldTicks > 0 && _held.Add(place)) _deleted.Enqueue((place, now));
            // Under the registry's lock, so that no queue of this name is recorded before the end of this one.
            queue.Delete(ref after);
        }

        Moves.Forget(queue.Identity.Arn);
        after.Run(queue);
        return true;
    }

    /// <summary>Up to <paramref name="max"/> names with the prefix, in ordinal order, after <paramref name="after"/>; and whether there are more.</summary>
    internal (List<string> Names, bool More) List(string region, string prefix, string? after, int max)
    {
        lock (_registry)
        {
            var names = new List<string>();
            if (!_names.TryGetValue(region, out var all)) return (names, false);
            var from = after is not null && after.StartsWith(prefix, StringComparison.Ordinal) ? after : prefix;
            var end = prefix + '\uFFFF';
            // Behind all names: no token of ours, but who made it up may learn that there is nothing.
            if (string.CompareOrdinal(from, end) > 0) return (names, false);
            foreach (var name in all.GetViewBetween(from, end))
            {
                if (name == after || !name.StartsWith(prefix, StringComparison.Ordinal)) continue;
                if (names.Count == max) return (names, true);
                names.Add(name);
            }

            return (names, false);
        }
    }

    /// <summary>The same of the queues whose dead-letter queue is <paramref name="target"/>.</summary>
    internal (List<string> Names, bool More) SourcesOf(MessageQueue target, string? after, int max)
    {
        lock (_registry)
        {
            var names = new List<string>();
            var region = target.Identity.Region;
            foreach (var name in _names.GetValueOrDefault(region) ?? [])
            {
                if (string.CompareOrdinal(name, after) <= 0 || _queues[(region, name)].Settings.Redrive?.TargetArn != target.Identity.Arn) continue;
                if (names.Count == max) return (names, true);
                names.Add(name);
            }

            return (names, false);
        }
    }

    internal string Arn(string region, string name) => $"arn:aws:sqs:{region}:{AccountId}:{name}";

    /// <summary>Whether some queue sends there what was received too often.</summary>
    internal bool IsDeadLetterQueue(MessageQueue queue) => SourcesOf(queue, after: null, max: 1).Names.Count > 0;

    /// <summary>Moves up to <paramref name="most"/> messages for a task, and answers the task as it then stands. Called with no queue's lock held.</summary>
    internal MoveTask Move(MoveTask task, int most, List<(MessageQueue, AfterLock)> woken)
    {
        if (FindByArn(task.SourceArn) is not { } source) return task with { Status = MoveStatus.Failed, FailureReason = SqsError.NoSuchQueue().Code };
        lock (_moves)
        {
            var messages = source.TakeReady(most);
            for (var i = 0; i < messages.Count; i++)
            {
                var to = task.DestinationArn ?? messages[i].DeadLetterSourceArn;
                var after = default(AfterLock);
                if (to is not null && FindByArn(to) is { } target && target.Adopt([messages[i]], deadLetterSourceArn: null, ref after))
                {
                    woken.Add((target, after));
                    task = task with { Moved = task.Moved + 1 };
                    continue;
                }

                source.TakeBack(messages.Skip(i), ref after);
                woken.Add((source, after));
                return task with { Status = MoveStatus.Failed, FailureReason = to is null ? "CouldNotDetermineMessageSource" : SqsError.NoSuchQueue().Code };
            }

            return messages.Count < most ? task with { Status = MoveStatus.Completed } : task;
        }
    }

    /// <summary>Moves what <paramref name="source"/> has set aside to its dead-letter queue. Called with no queue's lock held.</summary>
    internal void Redrive(MessageQueue source)
    {
        var afterTarget = default(AfterLock);
        var afterSource = default(AfterLock);
        MessageQueue? target;
        lock (_moves)
        {
            target = source.Settings.Redrive is { } redrive ? Find(source.Identity.Region, redrive.TargetQueue) : null;
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
        Moves.Close();
        List<MessageQueue> queues;
        lock (_registry)
        {
            queues = [.. _queues.Values];
        }

        foreach (var queue in queues) queue.Close();
    }

    private void Enter(MessageQueue queue)
    {
        var region = queue.Identity.Region;
        if (!_names.TryGetValue(region, out var names)) _names.Add(region, names = new(StringComparer.Ordinal));
        names.Add(queue.Identity.Name);
        _queues[(region, queue.Identity.Name)] = queue;
    }

    private void ForgetDeleted(long now)
    {
        while (_deleted.TryPeek(out var oldest) && now - oldest.At >= _nameHoldTicks)
        {
            _deleted.Dequeue();
            _held.Remove(oldest.Place);
        }
    }
}
