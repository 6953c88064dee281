using Zanshin.Diagnosis.Sites;

namespace Zanshin.Diagnosis.Findings;

/// <summary>What is begun through the same methods: one line of code, at whatever tier it was compiled.</summary>
internal abstract class Cause(Start start)
{
    public Start Start { get; private set; } = start;

    /// <summary>Its consequences: what else is left behind for the same reason.</summary>
    public List<Cause> With { get; } = [];

    /// <summary>Takes over what was begun at the same line, found under other frames.</summary>
    public void Join(Cause same)
    {
        // The longer one has the frames that were inlined in the other.
        if (same.Start.Frames.Count > Start.Frames.Count)
            Start = same.Start;
        TakeFrom(same);
    }

    protected abstract void TakeFrom(Cause same);
}
