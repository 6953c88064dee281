using System.Text;
using System.Text.Json;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.Simulation;

/// <summary>What the queues really hold, told by themselves change by change.</summary>
internal sealed class QueueMirror(Plan plan) : IJournal
{
    private readonly Dictionary<long, Known> _byKey = [];
    private readonly Dictionary<string, Known> _byId = [];
    private readonly List<Known>[] _ofQueue = [.. plan.Queues.Select(static _ => new List<Known>())];
    private readonly Dictionary<(int Queue, string Group), List<Known>> _groups = [];

    /// <summary>A receive has given the message to somebody.</summary>
    public Action<Known> Received { get; set; } = static _ => { };

    public Action<Known> Deleted { get; set; } = static _ => { };

    public Action<Known> Copied { get; set; } = static _ => { };

    public int Count => _byId.Count;

    /// <summary>Messages that are still in their queue.</summary>
    public int Left { get; private set; }

    public IEnumerable<Known> Messages => _byId.Values;

    public IReadOnlyList<Known> Of(PlannedQueue queue) => _ofQueue[queue.Index];

    /// <summary>In the order in which they were sent.</summary>
    public IReadOnlyList<Known> GroupOf(Known message) => _groups[(message.Queue.Index, message.Group!)];

    public Known ById(string id) => _byId[id];

    public bool Has(string id) => _byId.ContainsKey(id);

    /// <summary>The message that a receipt handle names, and the receipt.</summary>
    public (Known? Message, long Receipt) ByHandle(string handle) =>
        ReceiptHandle.TryParse(handle, out ReceiptHandle read) ? (_byKey.GetValueOrDefault(read.Key), read.ReceiveNumber) : default;

    /// <summary>Whether somebody who asked now would get a message.</summary>
    public bool HasReceivable(PlannedQueue queue, long now) => queue.Fifo
        ? _groups.Any(g => g.Key.Queue == queue.Index && IsFree(g.Value, now))
        : _ofQueue[queue.Index].Exists(m => !m.Gone && m.VisibleAt <= now);

    private static bool IsFree(List<Known> group, long now)
    {
        bool any = false;
        foreach (Known message in group)
        {
            if (message.Gone)
                continue;
            if (message.VisibleAt > now)
                return false;
            any = true;
        }
        return any;
    }

    long IJournal.Appended => 0;

    long IJournal.Failures => 0;

    ValueTask IJournal.Committed(long sequence, long failures) => ValueTask.CompletedTask;

    void IJournal.Append(in JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case JournalKind.Put:
                Put(entry);
                break;
            case JournalKind.Lease when _byKey.TryGetValue(entry.Key, out Known? message):
                bool received = entry.ReceiveNumber != message.Receipt && entry.ReceiveNumber != 0;
                (message.VisibleAt, message.Receipt) = (entry.VisibleAt, entry.ReceiveNumber);
                if (!received)
                    break;
                message.Receives++;
                Received(message);
                break;
            case JournalKind.Delete when _byKey.TryGetValue(entry.Key, out Known? message):
                Leaves(message);
                Deleted(message);
                break;
        }
    }

    private void Put(in JournalEntry entry)
    {
        StoredMessage stored = entry.Message!;
        PlannedQueue? queue = Named(entry.Queue.Identity.Name);
        if (queue is null && entry.Key != 0)
        {
            Known moved = _byKey[entry.Key];
            moved.DeadLettered = true;
            Leaves(moved);
        }
        else if (queue is null)
        {
            Known original = Original(stored);
            original.Copied = true;
            Copied(original);
        }
        else
        {
            var message = new Known(
                stored.MessageId.ToString(), stored.Key, Encoding.UTF8.GetString(stored.Body), queue, queue.Fifo ? stored.GroupId : null,
                !queue.Handles(Attribute(stored, "zanshin-type"))) { VisibleAt = entry.VisibleAt };
            (_byKey[message.Key], _byId[message.Id]) = (message, message);
            _ofQueue[queue.Index].Add(message);
            if (message.Group is { } group)
            {
                if (!_groups.TryGetValue((queue.Index, group), out List<Known>? line))
                    _groups[(queue.Index, group)] = line = [];
                line.Add(message);
            }
            Left++;
        }
    }

    // A copy names its message, unless ten attributes left no room for that. A send that was repeated made two of one body.
    private Known Original(StoredMessage copy)
    {
        if (Attribute(copy, "zanshin-reject") is not { } reason)
        {
            string body = Encoding.UTF8.GetString(copy.Body);
            return _byId.Values.Where(m => m.Body == body)
                .OrderByDescending(static m => m is { Gone: false, Copied: false } && (m.Rejected || m.Unreadable)).ThenByDescending(static m => m.Rejected).First();
        }
        using JsonDocument json = JsonDocument.Parse(reason);
        return _byId[json.RootElement.GetProperty("messageId").GetString()!];
    }

    private PlannedQueue? Named(string name) => plan.Queues.FirstOrDefault(q => q.Name == name);

    private static string? Attribute(StoredMessage message, string name) =>
        Array.Find(message.Attributes, a => a.Name == name) is { } attribute ? Encoding.UTF8.GetString(attribute.Value) : null;

    private void Leaves(Known message)
    {
        if (!message.Gone)
            Left--;
        message.Gone = true;
    }
}
