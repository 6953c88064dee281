using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>The orphans of one cause.</summary>
internal sealed class LeftBehind(Start start) : Cause(start)
{
    private const int SampleScopes = 5;

    public List<Begun> Alive { get; } = [];

    /// <summary>Groups orphans by what started them, one group a cause. What the runtime began for itself is left out.</summary>
    public static List<LeftBehind> Group(IEnumerable<Begun> orphans)
    {
        Dictionary<string, LeftBehind> groups = [];
        // Those without a recorded stack go with one of the same name that has it.
        foreach (Begun begun in orphans.OrderByDescending(static b => b.HasStack))
        {
            if (begun.Start.IsRuntimes)
                continue;
            if (!groups.TryGetValue(begun.Start.Key, out LeftBehind? group))
            {
                group = begun.Start.Frames.Count > 0 ? null : groups.Values.FirstOrDefault(g => g.IsLike(begun));
                groups[begun.Start.Key] = group ??= new LeftBehind(begun.Start);
            }
            group.Alive.Add(begun);
        }
        return Causes.Merge(groups.Values.Distinct());
    }

    public Leak ToLeak()
    {
        LeftBehind[] all = [this, .. With.Cast<LeftBehind>()];
        return new Leak(
            Start.Fingerprint,
            [.. all.Select(static g => g.Start.Kind.ToString().ToLowerInvariant()).Distinct()],
            string.Join(" with ", all.Select(static g => g.Start.What + g.Alive.FirstOrDefault()?.Times).Distinct()),
            Alive.Count,
            [.. Alive.Select(static b => b.Scope.Id).Distinct().Take(SampleScopes)],
            Start.Frames.ConvertAll(static f => f.ToPublic()));
    }

    protected override void TakeFrom(Cause same) => Alive.AddRange(((LeftBehind)same).Alive);

    private bool IsLike(Begun begun) => Start.Kind == begun.Kind && begun.Kind != BeginKind.Thread
        && Alive.Exists(b => b.Operation == begun.Operation && b.Due == begun.Due && b.Period == begun.Period);
}
