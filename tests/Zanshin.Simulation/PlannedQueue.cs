namespace Zanshin.Simulation;

/// <summary>One queue of a plan: its attributes at SQS, the worker's options for it, its load, and who handles it.</summary>
internal sealed class PlannedQueue
{
    /// <summary>A message of this type has no handler where handlers have names, and cannot be read in a batch.</summary>
    public const string UnknownType = "unheard-of";

    public PlannedQueue(int index, Random dice, bool hours)
    {
        Index = index;
        Fifo = dice.OneIn(2);
        Name = Fifo ? $"q{index}.fifo" : $"q{index}";
        Visibility = TimeSpan.FromSeconds(hours ? dice.Pick(600, 3_600, 43_200) : dice.Pick(1, 2, 5, 30, 600));
        Messages = dice.Next(5, 60);
        Groups = dice.Next(1, 9);
        DeadLetters = dice.OneIn(2);
        MaxReceives = dice.Next(3, 12);
        TimeLimit = dice.OneIn(4) ? TimeSpan.FromSeconds(dice.Next(1, 10)) : null;
        WaitTime = TimeSpan.FromSeconds(hours ? 20 : dice.Pick(20, 20, 20, 20, 5, 1));
        Reject = dice.Pick(RejectPolicy.DeadLetter, RejectPolicy.DeadLetter, RejectPolicy.Redrive, RejectPolicy.Delete);
        RejectsByException = dice.OneIn(3);
        Handlers = dice.OneIn(4) ? dice.Pick(HandlerKind.BatchFunction, HandlerKind.BatchClass)
            : dice.Pick(HandlerKind.AnyFunction, HandlerKind.AnyClass, HandlerKind.ByName);
        if (Handlers is HandlerKind.BatchFunction or HandlerKind.BatchClass)
        {
            // Also more than one receive brings.
            Batch = dice.OneIn(3) ? dice.Next(11, 31) : dice.Next(2, 11);
            Gather = dice.OneIn(2) ? dice.Seconds(0.1, 4) : TimeSpan.Zero;
        }
        // Rejected for ever, so only where a reject has an end.
        UnknownTypes = (Handlers == HandlerKind.ByName || Batch > 1) && (DeadLetters || Reject == RejectPolicy.Delete) && dice.OneIn(2);
        FullOfAttributes = dice.OneIn(4);
    }

    public int Index { get; }

    /// <summary>Its group; null for the worker's own.</summary>
    public string? Group { get; private set; }

    public int Weight { get; private set; } = 1;

    /// <summary>Slots that it may take.</summary>
    public int? Limit { get; private set; }

    public double? RateLimit { get; private set; }

    /// <summary>How long it rests after an empty receive.</summary>
    public TimeSpan Delay { get; private set; }

    public string Name { get; }

    public string DeadLetterName => $"dead-{Name}";

    public bool Fifo { get; }

    public TimeSpan Visibility { get; }

    /// <summary>Sent before the workers begin.</summary>
    public int Messages { get; }

    public int Groups { get; }

    public bool DeadLetters { get; }

    public int MaxReceives { get; }

    public TimeSpan? TimeLimit { get; }

    public TimeSpan WaitTime { get; }

    public RejectPolicy Reject { get; }

    /// <summary><c>RejectOn</c> names the exception that handlers throw now and then.</summary>
    public bool RejectsByException { get; }

    public HandlerKind Handlers { get; }

    /// <summary>Most messages of a batch: 1 where they are handled one by one.</summary>
    public int Batch { get; } = 1;

    /// <summary>How long the first message of a batch waits for others.</summary>
    public TimeSpan Gather { get; }

    /// <summary>Some messages have a type that no handler has, or that cannot be read.</summary>
    public bool UnknownTypes { get; }

    /// <summary>Some messages have ten attributes, so that a reject's reason has no room.</summary>
    public bool FullOfAttributes { get; }

    /// <summary>Whether a reject deletes the message and keeps no copy.</summary>
    public bool RejectDeletes => Reject == RejectPolicy.Delete;

    public void DrawPlace(Random dice, int groups, int concurrency)
    {
        Group = dice.OneIn(3) ? null : $"group{dice.Next(groups)}";
        Weight = dice.Next(1, 6);
        Limit = dice.OneIn(3) ? dice.Next(1, concurrency + 1) : null;
        RateLimit = dice.OneIn(3) ? dice.Next(2, 50) : null;
        Delay = dice.OneIn(3) ? dice.Seconds(0, 3) : TimeSpan.Zero;
    }

    public bool Handles(string? type) => type != UnknownType;

    /// <summary>The n-th message of the queue: equal at every replay, and told apart by its body.</summary>
    public (string Body, string? Group, Dictionary<string, string> Attributes) Message(int n)
    {
        Dictionary<string, string> attributes = [];
        if (UnknownTypes && n % 7 == 3)
            attributes["zanshin-type"] = UnknownType;
        else if (Handlers == HandlerKind.ByName)
            attributes["zanshin-type"] = n % 2 == 0 ? "one" : "two";
        for (int i = attributes.Count; FullOfAttributes && n % 5 == 1 && i < 10; i++)
            attributes[$"a{i}"] = "full";
        return ($"{Name}:{n}", Fifo ? $"g{n % Groups}" : null, attributes);
    }

    public override string ToString() =>
        $"{Name} ({Messages} messages{(Fifo ? $" in {Groups} groups" : "")}, visibility {Visibility.TotalSeconds} s, {Handlers}{(Batch > 1 ? $" of {Batch}, gathered for {Gather.TotalSeconds:0.#} s" : "")}, reject {Reject}"
        + $"{(RejectsByException ? " also by exception" : "")}{(DeadLetters ? $", dead letters after {MaxReceives}" : "")}"
        + $"{(Group is null ? "" : $", {Group}")}{(Weight == 1 ? "" : $", weight {Weight}")}{(Limit is { } most ? $", {most} slots" : "")}{(RateLimit is { } rate ? $", {rate}/s" : "")}{(Delay > TimeSpan.Zero ? $", rests {Delay.TotalSeconds:0.#} s" : "")}"
        + $"{(TimeLimit is { } l ? $", time limit {l.TotalSeconds} s" : "")}{(UnknownTypes ? ", unknown types" : "")})";
}
