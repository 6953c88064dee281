namespace Zanshin.Tracing.Heap;

/// <summary>
/// Finds what grows from snapshot to snapshot. A type grows if it does so each time, about evenly: warming up ends, what is under way goes up and
/// down, a leak does neither. Types that hold each other are one cause.
/// </summary>
internal static class HeapDiff
{
    private const int LeastGrowth = 20;
    private const double LeastPerMessage = 0.05;
    private const double LeastPerMessageOfFew = 0.3;

    // Of what every program has, some becomes more while it warms up: to be a finding alone it takes more.
    private const int LeastFillers = 100;
    private const double LeastFillersPerMessage = 0.5;

    private const double Level = 0.4; // of the whole rate, that each step must reach
    private const double Spread = 4;  // times the deviation that numbers of what comes and goes have
    private const int Samples = 200;

    /// <param name="snapshots">Three or more, in order; only the last needs its graph.</param>
    /// <param name="messages">Processed before each of them; null where none were counted.</param>
    public static IReadOnlyList<HeapGrowth> Find(IReadOnlyList<HeapSnapshot> snapshots, IReadOnlyList<long>? messages)
    {
        List<TypeGrowth> growing = Growing(snapshots, messages);
        if (growing.Count == 0 || snapshots[^1].Graph is not { } graph)
            return [.. growing.Where(static t => t.IsUsers).Select(t => Cause(t, [], [], messages))];
        var holders = new Holders(graph);
        Dictionary<string, List<IReadOnlyList<int>>> paths = growing.ToDictionary(static t => t.Type, t => Paths(graph, holders, snapshots[^1].Types[t.Type]));
        growing.RemoveAll(t => paths[t.Type].Count == 0);
        double processed = messages is null ? 0 : messages[^1] - messages[0];
        TypeGrowth[] fillers = [.. growing.Where(t => t.More >= Math.Max(LeastFillers, LeastFillersPerMessage * processed))];
        Dictionary<string, IReadOnlyList<int>> typical = growing.ToDictionary(static t => t.Type, t => Typical(paths[t.Type], holders));
        List<HeapGrowth> causes = [];
        while (Lead(growing, typical, causes.Count == 0 ? fillers : [], holders) is { } lead)
        {
            IReadOnlyList<int> path = typical[lead.Type];
            HashSet<string> holding = [.. path.Select(i => graph.TypeOf(i).Name)];
            List<TypeGrowth> with = growing.FindAll(t => t != lead && (holding.Contains(t.Type) || IsHeldBy(lead.Type, paths[t.Type], graph)));
            if (!IsOurs(lead.Type))
                causes.Add(Cause(lead, holders.Describe(path), with, messages));
            growing.RemoveAll(t => t == lead || with.Contains(t));
        }
        return causes;
    }

    /// <summary>Every type by its growth between the first snapshot and the last, most bytes first.</summary>
    public static IReadOnlyList<TypeGrowth> Changes(HeapSnapshot first, HeapSnapshot last) =>
        [.. last.Types.Values.Select(t => Change(first, t)).Where(static t => t.More != 0).OrderByDescending(static t => t.Bytes)];

    private static TypeGrowth Change(HeapSnapshot first, HeapType now) => first.Types.GetValueOrDefault(now.Name) is { } before
        ? new(now.Name, before.Count, now.Count, now.Bytes - before.Bytes, now.IsUsers)
        : new(now.Name, 0, now.Count, now.Bytes, now.IsUsers);

    private static List<TypeGrowth> Growing(IReadOnlyList<HeapSnapshot> snapshots, IReadOnlyList<long>? messages)
    {
        double[] steps = [.. Enumerable.Range(1, snapshots.Count - 1).Select(i => messages is null ? 1.0 : messages[i] - messages[i - 1])];
        double all = steps.Sum();
        List<TypeGrowth> growing = [];
        foreach (TypeGrowth type in Changes(snapshots[0], snapshots[^1]))
        {
            // What is under way comes and goes in such numbers: of that, it takes more to be a growth.
            bool isSmall = type.More < Spread * Math.Sqrt(type.Before + type.After);
            if (type.More < LeastGrowth || (messages is not null && type.More < (isSmall ? LeastPerMessageOfFew : LeastPerMessage) * all))
                continue;
            long[] counts = [.. snapshots.Select(s => s.Types.GetValueOrDefault(type.Type)?.Count ?? 0)];
            // Messages are told late when there are few: then time is the better measure.
            if (IsSteady(counts, steps) || IsSteady(counts, [.. steps.Select(static _ => 1.0)]))
                growing.Add(type);
        }
        return growing;
    }

    // It rises at each step, about evenly. In a step without messages (the worker has stopped, or stood still) it need not.
    private static bool IsSteady(long[] counts, double[] steps)
    {
        double all = steps.Sum();
        return all > 0 && Enumerable.Range(0, steps.Length).All(i => (steps[i] == 0 || counts[i + 1] > counts[i]) && (counts[i + 1] - counts[i]) * all >= Level * (counts[^1] - counts[0]) * steps[i]);
    }

    private static List<IReadOnlyList<int>> Paths(HeapGraph graph, Holders holders, HeapType type)
    {
        int every = (int)Math.Max(1, type.Count / Samples);
        return [.. graph.ObjectsOf(type).Where((_, i) => i % every == 0).Select(holders.PathTo).Where(static p => p.Count > 0)];
    }

    // The user's own types tell most; what only holds or is held by anything tells least, and only where there is nothing else.
    private static TypeGrowth? Lead(List<TypeGrowth> growing, Dictionary<string, IReadOnlyList<int>> typical, TypeGrowth[] fillers, Holders holders)
    {
        TypeGrowth[] telling = [.. growing.Where(static t => !TypeNames.IsFiller(t.Type))];
        TypeGrowth[] users = [.. telling.Where(static t => t.IsUsers)];
        TypeGrowth[] among = users.Length > 0 ? users : telling.Length > 0 ? telling : [.. fillers.Where(growing.Contains)];
        return among.MinBy(t => holders.Describe(typical[t.Type]).Count);
    }

    // A watch in the process keeps notes of what it sees.
    private static bool IsOurs(string type) => type.StartsWith("Zanshin.Diagnosis.", StringComparison.Ordinal) || type.StartsWith("Zanshin.Tracing.", StringComparison.Ordinal);

    private static bool IsHeldBy(string lead, List<IReadOnlyList<int>> paths, HeapGraph graph) =>
        2 * paths.Count(p => p.Any(i => graph.TypeOf(i).Name == lead)) >= paths.Count;

    private static IReadOnlyList<int> Typical(List<IReadOnlyList<int>> paths, Holders holders) =>
        paths.GroupBy(p => string.Join('|', holders.Describe(p).Select(static h => h.Split(" (x ")[0]))).MaxBy(static g => g.Count())!.MaxBy(static p => p.Count)!;

    private static HeapGrowth Cause(TypeGrowth lead, IReadOnlyList<string> heldBy, List<TypeGrowth> with, IReadOnlyList<long>? messages)
    {
        double? perMessage = messages is not null && messages[^1] > messages[0] ? (double)lead.More / (messages[^1] - messages[0]) : null;
        return new(lead.Type, lead.Before, lead.After, lead.Bytes + with.Sum(static t => t.Bytes), perMessage, heldBy, [.. with.OrderByDescending(static t => t.Bytes)]);
    }
}
