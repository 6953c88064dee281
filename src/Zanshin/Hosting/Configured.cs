using Microsoft.Extensions.Configuration;

namespace Zanshin.Hosting;

/// <summary>
/// The options as code set them, with the configuration section <c>Zanshin</c> applied, and everything in that section that cannot be. The shape:
/// <code>
/// "Zanshin": {
///   "Concurrency": 25, "Delay": 0, ...                        the worker's options
///   "Queues": [ "mail", ["orders", 8], { "Name": "x", "Weight": 2, "Visibility": 60 } ]    or { "orders": 8, "x": { "Weight": 2 } }
///   "Groups": { "bulk": { "Concurrency": 5, "PollingStrategy": "StrictPriority", "Queues": [ ... ] } }
///   "Only": [ "orders", "bulk" ]                              queues and groups; the others are left alone
/// }
/// </code>
/// </summary>
internal sealed class Configured
{
    private static readonly Option<ZanshinOptions>[] WorkerOptions =
    [
        Option<ZanshinOptions>.Whole("Concurrency", static (o, n) => o.Concurrency = n),
        Option<ZanshinOptions>.Whole("MaxConcurrency", static (o, n) => o.MaxConcurrency = n),
        Option<ZanshinOptions>.Whole("MinThreads", static (o, n) => o.MinThreads = n),
        Option<ZanshinOptions>.Time("Delay", static (o, t) => o.Delay = t),
        Option<ZanshinOptions>.Number("RateLimit", static (o, n) => o.RateLimit = n),
        Option<ZanshinOptions>.Time("Timeout", static (o, t) => o.Timeout = t),
        Option<ZanshinOptions>.Amount("PricePerMillionRequests", static (o, n) => o.PricePerMillionRequests = n),
        Option<ZanshinOptions>.Time("BacklogInterval", static (o, t) => o.BacklogInterval = t),
        Option<ZanshinOptions>.Flag("RetriesAreErrors", static (o, f) => o.RetriesAreErrors = f),
        Option<ZanshinOptions>.Text("TypeAttribute", "a name", static (o, s) => o.TypeAttribute = s),
        Option<ZanshinOptions>.Text("Endpoint", "a URL like http://127.0.0.1:9324", static (o, s) => o.Endpoint = s),
    ];

    private static readonly Option<GroupOptions>[] GroupsOptions =
    [
        Option<GroupOptions>.Whole("Concurrency", static (o, n) => o.Concurrency = n),
        Option<GroupOptions>.Time("Delay", static (o, t) => o.Delay = t),
        Option<GroupOptions>.Number("RateLimit", static (o, n) => o.RateLimit = n),
    ];

    private static readonly Option<QueueOptions>[] QueuesOptions =
    [
        Option<QueueOptions>.Whole("Weight", static (o, n) => o.Weight = n),
        Option<QueueOptions>.Whole("Concurrency", static (o, n) => o.Concurrency = n),
        Option<QueueOptions>.Time("Delay", static (o, t) => o.Delay = t),
        Option<QueueOptions>.Number("RateLimit", static (o, n) => o.RateLimit = n),
        Option<QueueOptions>.Time("Visibility", static (o, t) => o.Visibility = t),
        Option<QueueOptions>.Time("WaitTime", static (o, t) => o.WaitTime = t),
        Option<QueueOptions>.Time("TimeLimit", static (o, t) => o.TimeLimit = t),
        Option<QueueOptions>.Time("StuckAfter", static (o, t) => o.StuckAfter = t),
        Option<QueueOptions>.Whole("RunApartFrom", static (o, n) => o.RunApartFrom = n),
        Option<QueueOptions>.Flag("RunOnOwnThreads", static (o, f) => o.RunOnOwnThreads = f),
        Option<QueueOptions>.Choice<RejectPolicy>("Reject", "DeadLetter, Redrive or Delete", static (o, p) => o.Reject = p),
    ];

    private readonly ZanshinBuilder _setup;
    private readonly List<string> _problems;
    private readonly bool _atStart;
    private readonly Dictionary<string, GroupOptions> _groups = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Polling> _pollings = new(StringComparer.OrdinalIgnoreCase); // by group, where the configuration says
    private readonly HashSet<string> _groupsOfQueues = new(StringComparer.OrdinalIgnoreCase); // that the configuration puts queues in
    private readonly Dictionary<QueueBuilder, QueueOptions> _queues = [];

    private Configured(ZanshinBuilder setup, List<string> problems, bool atStart)
    {
        (_setup, _problems, _atStart) = (setup, problems, atStart);
        Worker = setup.Coded.Copy();
        Polling = setup.CodedPolling;
    }

    public ZanshinOptions Worker { get; }

    public Polling Polling { get; private set; }

    /// <summary>By queue, where the configuration puts it in a group.</summary>
    public Dictionary<QueueBuilder, string> Members { get; } = [];

    /// <summary>Queues and groups that are worked; null for all.</summary>
    public HashSet<string>? Only { get; private set; }

    /// <summary>Queues that the configuration names since the start, and that are set up at the next.</summary>
    public List<string> NewQueues { get; } = [];

    public static Configured Read(ZanshinBuilder setup, IConfiguration? configuration, List<string> problems, bool atStart)
    {
        var read = new Configured(setup, problems, atStart);
        if (configuration?.GetSection("Zanshin") is { } section && section.Exists())
        {
            read.ReadWorker(section);
            read.CheckOnly();
        }
        return read;
    }

    /// <summary>Null for the worker's.</summary>
    public Polling? PollingOf(GroupBuilder group) => _pollings.TryGetValue(group.Name, out Polling? polling) ? polling : group.CodedPolling;

    /// <summary>The name of the group that it is in.</summary>
    public string GroupOf(QueueBuilder queue) => Members.GetValueOrDefault(queue) ?? queue.CodedGroup?.Name ?? ZanshinBuilder.OwnGroup;

    public GroupOptions Of(GroupBuilder group) => GroupOf(group.Name);

    public QueueOptions Of(QueueBuilder queue)
    {
        if (!_queues.TryGetValue(queue, out QueueOptions? options))
            _queues[queue] = options = queue.Coded.Copy();
        return options;
    }

    private GroupOptions GroupOf(string name)
    {
        if (!_groups.TryGetValue(name, out GroupOptions? options))
            _groups[name] = options = _setup.Groups.Find(g => IsGroup(g, name))?.Coded.Copy() ?? new GroupOptions();
        return options;
    }

    private void ReadWorker(IConfigurationSection section)
    {
        // First: it is also that of groups which do not say.
        Polling = ReadPolling(section, Polling) ?? Polling;
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (IsKey(child, "Queues"))
                ReadQueues(child, null);
            else if (IsKey(child, "Groups"))
                ReadGroups(child);
            else if (IsKey(child, "Only"))
                ReadOnly(child);
            else if (!IsPolling(child) && !IsKey(child, "LongestWait"))
                Set(child, Worker, WorkerOptions, "the worker", "Polling, LongestWait, Queues, Groups, Only");
        }
    }

    // A list, or one name.
    private void ReadOnly(IConfigurationSection section)
    {
        Only = [.. section.GetChildren().Select(static c => c.Value).Append(section.Value).Where(static n => !string.IsNullOrWhiteSpace(n)).Select(static n => n!)];
        if (Only.Count == 0)
            _problems.Add($"The configuration names nothing at '{section.Path}': name the queues and groups that are to be worked, or leave it out.");
    }

    // When all queues and groups are known.
    private void CheckOnly()
    {
        foreach (string name in Only ?? [])
        {
            if (!string.Equals(name, ZanshinBuilder.OwnGroup, StringComparison.OrdinalIgnoreCase) && !_groupsOfQueues.Contains(name) && !_setup.Groups.Exists(g => IsGroup(g, name))
                && !_setup.Queues.Exists(q => q.IsNamed(name)) && !NewQueues.Contains(name))
                _problems.Add($"The configuration works only '{name}' (Zanshin:Only), which is neither a queue nor a group of the worker: correct the name.");
        }
    }

    private void ReadGroups(IConfigurationSection section)
    {
        foreach (IConfigurationSection group in section.GetChildren())
        {
            if (IsKey(group, ZanshinBuilder.OwnGroup))
            {
                _problems.Add($"The configuration has a group '{group.Key}' ({group.Path}), which is the name of the group of all queues that are in no other: set the worker's own options and Queues.");
                continue;
            }
            if (group.GetChildren().All(static c => !IsKey(c, "Queues")) && _setup.Groups.TrueForAll(g => !IsGroup(g, group.Key)))
                _problems.Add($"The configuration has options for a group '{group.Key}' ({group.Path}) that the worker does not have: correct the name, give it Queues, or remove them.");
            GroupOptions options = GroupOf(group.Key);
            foreach (IConfigurationSection child in group.GetChildren())
            {
                if (IsKey(child, "Queues"))
                    ReadQueues(child, group.Key);
                else if (!IsPolling(child) && !IsKey(child, "LongestWait"))
                    Set(child, options, GroupsOptions, "a group", "Polling, LongestWait, Queues");
            }
            if (ReadPolling(group, _setup.Groups.Find(g => IsGroup(g, group.Key))?.CodedPolling ?? Polling) is { } polling)
                _pollings[group.Key] = polling;
        }
    }

    // A list of names, of names with weights, and of sections with a Name; or a section for each by its name.
    private void ReadQueues(IConfigurationSection section, string? group)
    {
        if (!string.IsNullOrEmpty(section.Value))
            _problems.Add($"The configuration has '{section.Value}' at '{section.Path}': it must be a list of queues, or a section for each.");
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!int.TryParse(child.Key, out _))
                ReadQueue(child, child.Key, group, weight: child.Value is null ? null : child);
            else if (child.Value is { } name)
                ReadQueue(null, name, group, null);
            else if (child["Name"] is { } named)
                ReadQueue(child, named, group, null);
            else if (child["0"] is { } first)
                ReadQueue(null, first, group, child.GetSection("1") is { Value: not null } weight ? weight : null);
            else
                _problems.Add($"The configuration has a queue without a name ({child.Path}): write \"name\", [\"name\", weight] or {{ \"Name\": \"name\", ... }}.");
        }
    }

    private void ReadQueue(IConfigurationSection? section, string name, string? group, IConfigurationSection? weight)
    {
        if (group is not null)
            _groupsOfQueues.Add(group);
        if (Find(name) is not { } queue)
        {
            if (_setup.Others is not null)
                NewQueues.Add(name);
            else
                _problems.Add($"The configuration has options for a queue '{name}'{(section is null ? "" : $" ({section.Path})")} that the worker does not have: correct the name, or remove them.");
            return;
        }
        if (group is not null)
            Members[queue] = group;
        QueueOptions options = Of(queue);
        if (weight is not null)
            Set(weight, options, [Option<QueueOptions>.Whole(weight.Key, static (o, n) => o.Weight = n)], "a queue", "");
        // A weight may have options beside it: "orders": 8 in a file, and Zanshin__Queues__orders__Visibility in the environment.
        if (section is not null)
        {
            foreach (IConfigurationSection child in section.GetChildren().Where(static c => !IsKey(c, "Name")))
                Set(child, options, QueuesOptions, "a queue", "");
        }
    }

    private QueueBuilder? Find(string name)
    {
        // As it was given, so that queues of one name in several regions or accounts are told apart; else by the name alone.
        QueueBuilder? queue = _setup.Queues.Find(q => string.Equals(q.Name, name, StringComparison.OrdinalIgnoreCase));
        if (queue is null)
        {
            List<QueueBuilder> named = _setup.Queues.FindAll(q =>
                (IsBare(name) || IsBare(q.Name)) && string.Equals(QueueResolver.NameOf(q.Name), QueueResolver.NameOf(name), StringComparison.OrdinalIgnoreCase));
            if (named.Count > 1)
                _problems.Add($"The configuration names the queue '{name}', and the worker has {named.Count} of that name: give its URL or ARN, as the code does.");
            queue = named.FirstOrDefault();
        }
        if (queue is null && _atStart && _setup.Others is { } others)
        {
            _setup.Queue(name, others);
            queue = _setup.Queues[^1];
        }
        return queue;
    }

    // LongestWait makes strict priority, whoever has said it, the one that lets no queue starve.
    private Polling? ReadPolling(IConfigurationSection of, Polling unsaid)
    {
        IConfigurationSection? section = of.GetChildren().FirstOrDefault(static c => IsPolling(c) && !string.IsNullOrEmpty(c.Value));
        Polling? said = section is null ? null : ReadPolling(section);
        IConfigurationSection longest = of.GetSection("LongestWait");
        TimeSpan? within = null;
        Set(longest, new GroupOptions(), [Option<GroupOptions>.Time(longest.Key, (_, t) => within = t)], "a group", "");
        // What is no time, or no strategy, has been said.
        if (within is null || (section is not null && said is null))
            return said;
        if (within <= TimeSpan.Zero && within != Timeout.InfiniteTimeSpan)
            _problems.Add($"The configuration has '{longest.Value}' at '{longest.Path}': it must be over 0.");
        else if ((said ?? unsaid) is { IsStrictPriority: false } other)
            _problems.Add($"The configuration has a LongestWait ({longest.Path}) where queues take turns by {other.Name}: it is for StrictPriority only. Set Polling to that, or remove it.");
        else
            return within == Timeout.InfiniteTimeSpan ? Polling.StrictPriority : Polling.StrictPriorityWithin(within.Value);
        return null;
    }

    private Polling? ReadPolling(IConfigurationSection section)
    {
        if (string.Equals(section.Value, Polling.StrictPriority.Name, StringComparison.OrdinalIgnoreCase))
            return Polling.StrictPriority;
        if (string.Equals(section.Value, Polling.WeightedRoundRobin.Name, StringComparison.OrdinalIgnoreCase))
            return Polling.WeightedRoundRobin;
        _problems.Add($"The configuration has '{section.Value}' at '{section.Path}': it must be WeightedRoundRobin or StrictPriority; own strategies are set in code.");
        return null;
    }

    private void Set<T>(IConfigurationSection value, T options, Option<T>[] known, string whose, string others)
    {
        Option<T>? option = Array.Find(known, k => IsKey(value, k.Key));
        if (option is null)
            _problems.Add($"The configuration has '{value.Path}', which is no option of {whose}: the options are {string.Join(", ", known.Select(static k => k.Key))}{(others.Length == 0 ? "" : $", {others}")}.");
        else if (!string.IsNullOrEmpty(value.Value) && !option.Set(options, value.Value))
            _problems.Add($"The configuration has '{value.Value}' at '{value.Path}': it must be {option.Takes}.");
    }

    private static bool IsGroup(GroupBuilder group, string name) => string.Equals(group.Name, name, StringComparison.OrdinalIgnoreCase);

    private static bool IsBare(string queue) => QueueResolver.NameOf(queue) == queue;

    private static bool IsPolling(IConfigurationSection section) => IsKey(section, "Polling") || IsKey(section, "PollingStrategy");

    private static bool IsKey(IConfigurationSection section, string key) => string.Equals(section.Key, key, StringComparison.OrdinalIgnoreCase);
}
