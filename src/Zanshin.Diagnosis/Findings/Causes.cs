using Zanshin.Diagnosis.Sites;

namespace Zanshin.Diagnosis.Findings;

/// <summary>One cause, one finding: puts groups together that are one bug.</summary>
internal static class Causes
{
    // What is likely the cause of the others comes first.
    private static readonly BeginKind[] s_order = [BeginKind.Thread, BeginKind.Async, BeginKind.Timer, BeginKind.Task];

    public static List<T> Merge<T>(IEnumerable<T> causes)
        where T : Cause
    {
        List<T> sorted = [.. causes.OrderBy(static g => Array.IndexOf(s_order, g.Start.Kind)).ThenByDescending(static g => g.Start.Frames.Count)];
        var tiers = new List<T>();
        foreach (T group in sorted)
        {
            if (tiers.Find(t => IsSameInlined(t.Start, group.Start)) is { } same)
                same.Join(group);
            else
                tiers.Add(group);
        }
        return [.. tiers.Where(group => !tiers.Exists(cause => cause != group && IsCause(cause.Start, group.Start, tiers.IndexOf(cause) < tiers.IndexOf(group)) && Joined(cause, group)))];
    }

    private static bool Joined(Cause cause, Cause group)
    {
        cause.With.Add(group);
        return true;
    }

    private static bool IsCause(Start cause, Start of, bool isBefore)
    {
        // Begun inside an async method that has not ended either: its delays, its timers, what it awaits.
        if (cause.Own is { } own && of.Kind != BeginKind.Thread && of.Frames.Count > 0 && IsSame(of.Frames[0], own) && of.Own?.Name != own.Name)
            return true;
        if (!isBefore || !StartTheSame(cause.Frames, of.Frames))
            return false;
        return (cause.Kind, of.Kind) switch
        {
            // A long-running task and its thread, begun by one call.
            (BeginKind.Thread, BeginKind.Task) => cause.Frames.Count == 0 || cause.Frames[0].Line == of.Frames[0].Line,
            // A periodic timer and the loop over it, begun by one method.
            (BeginKind.Async, BeginKind.Timer or BeginKind.Task) => true,
            (BeginKind.Timer, BeginKind.Task) => true,
            _ => false,
        };
    }

    // Deep stacks are cut off where they were recorded, at different depths.
    private static bool StartTheSame(List<Frame> one, List<Frame> other) =>
        (one.Count == 0) == (other.Count == 0) && one.Zip(other).All(static pair => pair.First.Name == pair.Second.Name);

    // Compiled again, a method may hold the one it calls: a frame is missing, and the others stay.
    private static bool IsSameInlined(Start longer, Start shorter)
    {
        if (longer.Kind != shorter.Kind || (longer.Kind == BeginKind.Async && longer.What != shorter.What) || shorter.Frames.Count == 0)
            return false;
        int at = 0;
        foreach (Frame frame in longer.Frames)
        {
            if (at < shorter.Frames.Count && IsSame(frame, shorter.Frames[at]) && frame.Line == shorter.Frames[at].Line && frame.Line is not null)
                at++;
        }
        return at == shorter.Frames.Count;
    }

    private static bool IsSame(Frame a, Frame b) => a.Name.Type == b.Name.Type && a.Name.Method == b.Name.Method;
}
