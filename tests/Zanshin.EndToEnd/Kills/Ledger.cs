using System.Globalization;

namespace Zanshin.EndToEnd.Kills;

using Message = Amazon.SQS.Model.Message;

/// <summary>
/// What a queue has acknowledged, against what it gives. A call that was not answered may have been carried out or not; one that was
/// answered has been, and no kill undoes it. Thread-safe: <c>_lock</c> guards everything.
/// </summary>
internal sealed class Ledger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Dictionary<string, int> _open = [];
    private readonly List<string> _broken = [];
    private int _acknowledged;

    /// <summary>How many calls for one message were answered.</summary>
    public int Acknowledged
    {
        get
        {
            lock (_lock)
                return _acknowledged;
        }
    }

    public IReadOnlyList<string> Broken
    {
        get
        {
            lock (_lock)
                return [.. _broken];
        }
    }

    /// <summary>How many messages of a group have begun to be sent and not to be deleted.</summary>
    public int Open(string group)
    {
        lock (_lock)
            return _open.GetValueOrDefault(group);
    }

    /// <summary>Before a message is sent for the first time.</summary>
    public void Sending(string body, TimeSpan delay)
    {
        lock (_lock)
        {
            _entries.Add(body, new() { HiddenUntil = Now + delay });
            Count(body, 1);
        }
    }

    public void Sent(string body, string messageId)
    {
        lock (_lock)
        {
            _acknowledged++;
            Entry entry = _entries[body];
            entry.Acknowledged = true;
            IsOne(body, entry, messageId);
        }
    }

    /// <summary>After a receive was answered.</summary>
    /// <param name="messages">In the order of the answer.</param>
    /// <param name="askedAt">Before the receive: no lease of the answer began earlier.</param>
    /// <param name="visibility">How long the messages are hidden.</param>
    public void Received(IReadOnlyList<Message> messages, DateTimeOffset askedAt, TimeSpan visibility)
    {
        lock (_lock)
        {
            DateTimeOffset now = Now;
            foreach (Message message in messages)
            {
                if (!_entries.TryGetValue(message.Body, out Entry? entry))
                {
                    _broken.Add($"'{message.Body}' was never sent");
                    continue;
                }
                _acknowledged++;
                IsOne(message.Body, entry, message.MessageId);
                int count = int.Parse(message.Attributes["ApproximateReceiveCount"], CultureInfo.InvariantCulture);
                if (entry.Deleted)
                    _broken.Add($"'{message.Body}' was deleted and came again");
                if (now < entry.HiddenUntil)
                    _broken.Add($"'{message.Body}' came {(entry.HiddenUntil - now).TotalMilliseconds:N0} ms before its delay or visibility timeout had ended");
                if (count <= entry.ReceiveCount)
                    _broken.Add($"'{message.Body}' came with receive count {count} after {entry.ReceiveCount}");
                entry.ReceiveCount = count;
                entry.HiddenUntil = askedAt + visibility;
            }
        }
    }

    /// <summary>A FIFO queue's answer: what stood before these in their groups must have been deleted, or be in the same answer.</summary>
    public void InOrder(IReadOnlyList<Message> messages)
    {
        lock (_lock)
        {
            foreach (Message message in messages)
            {
                (string group, int number) = Place(message.Body);
                for (int before = number - 1; before >= 0 && _entries.TryGetValue(Body(group, before), out Entry? entry) && !entry.DeleteAsked; before--)
                {
                    if (!messages.TakeWhile(m => m != message).Any(m => m.Body == Body(group, before)))
                        _broken.Add($"'{message.Body}' came before '{Body(group, before)}'");
                }
            }
        }
    }

    /// <summary>After a change of visibility was answered, to as long from <paramref name="askedAt"/> or later.</summary>
    public void Hidden(string body, DateTimeOffset askedAt, TimeSpan visibility)
    {
        lock (_lock)
        {
            _acknowledged++;
            Entry entry = _entries[body];
            if (Now < entry.HiddenUntil) // else another may have received it meanwhile, and the change was none
                entry.HiddenUntil = askedAt + visibility;
        }
    }

    public void Deleting(string body)
    {
        lock (_lock)
        {
            if (!_entries[body].DeleteAsked)
                Count(body, -1);
            _entries[body].DeleteAsked = true;
        }
    }

    /// <summary>After a delete was answered.</summary>
    public void Deleted(string body)
    {
        lock (_lock)
        {
            _acknowledged++;
            Entry entry = _entries[body];
            // Afterwards another may have received it, and the handle deletes nothing more.
            if (Now < entry.HiddenUntil)
                entry.Deleted = true;
        }
    }

    /// <summary>When all has been received and deleted: what was acknowledged and never came.</summary>
    public string[] Lost()
    {
        lock (_lock)
            return [.. _entries.Where(static e => e.Value is { Acknowledged: true, DeleteAsked: false }).Select(static e => e.Key)];
    }

    public static string Body(string group, int number) => string.Create(CultureInfo.InvariantCulture, $"{group}/{number}");

    private static (string Group, int Number) Place(string body) =>
        (body[..body.IndexOf('/', StringComparison.Ordinal)], int.Parse(body.AsSpan(body.IndexOf('/', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture));

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private void Count(string body, int change) => _open[Place(body).Group] = _open.GetValueOrDefault(Place(body).Group) + change;

    private void IsOne(string body, Entry entry, string messageId)
    {
        entry.MessageId ??= messageId;
        if (entry.MessageId != messageId)
            _broken.Add($"'{body}' is two messages: {entry.MessageId} and {messageId}");
    }

    private sealed class Entry
    {
        public bool Acknowledged;
        public bool DeleteAsked;
        public bool Deleted;
        public string? MessageId;
        public int ReceiveCount;
        public DateTimeOffset HiddenUntil;
    }
}
