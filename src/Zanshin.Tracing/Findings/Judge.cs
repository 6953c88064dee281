using Zanshin.Diagnosis.Findings;
using Zanshin.Tracing.Begins;
using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing.Findings;

/// <summary>
/// Decides what of the living is a finding. What began in the window's last tenth (at least a second) is not looked at: it may well end yet. Of the rest
/// <list type="bullet">
/// <item>what belongs to a message that ended a second or more before the window's end is a finding from three messages on;</item>
/// <item>what belongs to none is one from five on, and only if the older half of the window has kept at least half as much of its begins
/// as the newer: things that live long, but end, grow thin with age.</item>
/// </list>
/// </summary>
internal sealed class Judge(BeginPicture picture, double window, Symbols symbols)
{
    private const int FewestMessages = 3;
    private const int FewestWithoutMessages = 5;
    private const double Linger = 1000; // ms
    private const int SampleMessages = 5;

    // Nor at what began within the last second, whose message cannot have ended for long enough.
    private readonly double _cutoff = Math.Min(window * 0.9, window - Linger);

    public required bool SeesTimers { get; init; }

    public required bool SeesThreads { get; init; }

    /// <summary>Assemblies of findings whose lines are not known.</summary>
    public SortedSet<string> WithoutLines { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<TraceFinding> Findings(Func<int, string?> nameOfThread) =>
    [
        .. Causes.Merge(Groups().Where(IsFinding))
            .Select(g => Describe(g, nameOfThread))
            .OrderByDescending(static f => f.Alive)
            .ThenBy(static f => f.Fingerprint, StringComparer.Ordinal),
    ];

    private Dictionary<string, Group>.ValueCollection Groups()
    {
        Dictionary<StartSite, Group> bySite = [];
        Dictionary<string, Group> byMethods = [];
        foreach (StartSite site in picture.Sites)
        {
            if ((site.Kind == BeginKind.Timer && !SeesTimers) || (site.Kind == BeginKind.Thread && !SeesThreads))
                continue;
            Start start = site.Named(symbols);
            if (start.IsRuntimes)
                continue;
            string key = start.Key;
            if (!byMethods.TryGetValue(key, out Group? group))
                byMethods[key] = group = new Group(start);
            group.Sites.Add(site);
            bySite[site] = group;
        }
        foreach (Begin begin in picture.Alive)
        {
            if (begin.At < _cutoff && bySite.TryGetValue(begin.Site, out Group? group) && (begin.Mark is null || begin.Mark.End < window - Linger))
                group.Alive.Add(begin);
        }
        return byMethods.Values;
    }

    private bool IsFinding(Group group)
    {
        int messages = group.Alive.Where(static b => b.Mark is not null).Select(static b => b.Mark).Distinct().Count();
        if (messages >= FewestMessages)
            return true;
        if (group.Alive.Count < FewestWithoutMessages)
            return false;
        double half = _cutoff / 2;
        int begunOld = group.Sites.Sum(s => s.Begun.Before(half));
        int begunNew = group.Sites.Sum(s => s.Begun.Before(_cutoff)) - begunOld;
        int old = group.Alive.Count(b => b.At < half);
        int fresh = group.Alive.Count - old;
        return old >= 2 && (begunNew == 0 || (double)old / Math.Max(1, begunOld) >= 0.5 * fresh / begunNew);
    }

    private TraceFinding Describe(Group group, Func<int, string?> nameOfThread)
    {
        Group[] all = [group, .. group.With.Cast<Group>()];
        int? messages = picture.Messages?.Before(_cutoff);
        string what = string.Join(" with ", all.Select(static g => g.Start.What + g.Alive.FirstOrDefault()?.Times).Distinct());
        if (group.Start.Frames is [{ File: null } bare, ..])
            WithoutLines.Add(bare.Module);
        if (group.Start.Kind == BeginKind.Thread && group.Alive.Select(static b => b.ThreadId).FirstOrDefault() is { } id && nameOfThread(id) is { Length: > 0 } name)
            what = $"{group.Start.What} named {name}{what[group.Start.What.Length..]}";
        return new TraceFinding(
            group.Start.Fingerprint,
            [.. all.Select(static g => g.Start.Kind.ToString().ToLowerInvariant()).Distinct()],
            what,
            group.Alive.Count,
            group.Sites.Sum(s => s.Begun.Before(_cutoff)),
            messages > 0 ? Math.Round((double)group.Alive.Count / messages.Value, 3) : null,
            [.. group.Alive.Select(static b => b.Mark?.Id).OfType<string>().Distinct().Take(SampleMessages)],
            group.Start.Frames.ConvertAll(static f => f.ToPublic()));
    }
}
