using Zanshin.Tracing.Begins;
using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing.Findings;

/// <summary>Begins of one kind that are started through the same methods: one line of code, at whatever tier it was compiled.</summary>
internal sealed class Group(Start start)
{
    public Start Start { get; private set; } = start;

    public List<StartSite> Sites { get; } = [];

    public List<Begin> Alive { get; } = [];

    /// <summary>Groups of the same cause, this one's consequences.</summary>
    public List<Group> With { get; } = [];

    public static string Key(Start start) =>
        $"{start.Kind}|{(start.Kind is BeginKind.Async ? start.What : "")}|{string.Join('|', start.Frames.Select(static f => f.Name.ToString()))}";

    public void Add(Group same)
    {
        // The longer one has the frames that were inlined in the other.
        if (same.Start.Frames.Count > Start.Frames.Count)
            Start = same.Start;
        Sites.AddRange(same.Sites);
        Alive.AddRange(same.Alive);
    }
}
