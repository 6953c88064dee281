using System.Text.Json.Nodes;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.Simulation;

/// <summary>The promises of the worker, checked at every step.</summary>
internal sealed class Promises(EventLog log) : IJournal
{
    private readonly Dictionary<string, Known> _messages = [];
    private readonly Dictionary<long, string> _idOfKey = [];
    private readonly Dictionary<(string Queue, string Group), List<Known>> _groups = [];
    private readonly HashSet<(string Process, string Id)> _running = [];
    private BrokenPromiseException? _broken;

    public int Runs { get; private set; }

    public IEnumerable<Known> Messages => _messages.Values;

    public void Sent(string id, PlannedQueue queue, string url, string? group)
    {
        var known = new Known(id, queue, url, group);
        _messages[id] = known;
        if (group is not null)
        {
            if (!_groups.TryGetValue((queue.Name, group), out List<Known>? line))
                _groups[(queue.Name, group)] = line = [];
            line.Add(known);
        }
    }

    public bool IsFifo(string id) => _messages[id].Group is not null;

    public string UrlOf(string id) => _messages[id].Url;

    /// <summary>A call is about to reach the queue.</summary>
    public void BeforeCall(string action, JsonObject body)
    {
        if (action != "SendMessage" || body["MessageAttributes"]?["zanshin-reject"] is not { } reject)
            return;
        JsonNode reason = JsonNode.Parse(reject["StringValue"]!.GetValue<string>())!;
        _messages[reason["messageId"]!.GetValue<string>()].Copied = true;
    }

    // --- What the queue itself says, change by change ---

    public long Appended => 0;

    public long Failures => 0;

    public ValueTask Committed(long sequence, long failures) => ValueTask.CompletedTask;

    public void Append(in JournalEntry entry)
    {
        if (entry.Kind == JournalKind.Put)
        {
            string id = entry.Message!.MessageId.ToString();
            _idOfKey[entry.Message.Key] = id;
            if (entry.Key != 0 && _messages.TryGetValue(id, out Known? moved))
                moved.DeadLettered = true;
        }
        if (entry.Kind == JournalKind.Delete && _idOfKey.TryGetValue(entry.Key, out string? deleted) && _messages.TryGetValue(deleted, out Known? known)
            && known is { Done: false, Copied: false, DeadLettered: false })
        {
            _broken ??= Broken($"{known} is deleted, and neither done nor copied");
        }
    }

    /// <summary>What was found where it could not be thrown.</summary>
    public void ThrowIfBroken()
    {
        if (_broken is not null)
            throw _broken;
    }

    public void Begins(string process, string id)
    {
        Runs++;
        Known known = _messages[id];
        log.Add($"{process} begins {known}");
        if (!_running.Add((process, id)))
            _broken ??= Broken($"{process} runs {known} twice at once");
        if (known.Group is null)
            return;
        foreach (Known earlier in _groups[(known.Queue.Name, known.Group)].TakeWhile(k => k != known))
        {
            if (!earlier.Over)
                _broken ??= Broken($"{process} runs {known} before {earlier} is done");
        }
    }

    public void Ends(string process, string id, string how)
    {
        log.Add($"{process} ends {_messages[id]}: {how}");
        _running.Remove((process, id));
        if (how == "done")
            _messages[id].Done = true;
    }

    /// <summary>A process is dead: what its handlers go on doing is nobody's.</summary>
    public void Died(string process) => _running.RemoveWhere(r => r.Process == process);

    private BrokenPromiseException Broken(string promise)
    {
        log.Add($"BROKEN: {promise}");
        return new BrokenPromiseException(promise);
    }

    internal sealed class Known(string id, PlannedQueue queue, string url, string? group)
    {
        public string Id => id;

        public PlannedQueue Queue => queue;

        public string Url => url;

        public string? Group => group;

        public bool Done { get; set; }

        /// <summary>To the dead-letter queue, by a reject.</summary>
        public bool Copied { get; set; }

        /// <summary>To the dead-letter queue, by the redrive policy.</summary>
        public bool DeadLettered { get; set; }

        public bool Over => Done || Copied || DeadLettered;

        public override string ToString() => $"{queue.Name}{(group is null ? "" : "/" + group)}/{id[..8]}";
    }
}
