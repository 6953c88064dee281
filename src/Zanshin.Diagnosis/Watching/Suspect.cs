using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Diagnosis.Watching;

/// <summary>A start site of which several messages have left something alive: whether that grows is yet to be seen.</summary>
internal sealed class Suspect(LeftBehind first)
{
    public LeftBehind Left { get; private set; } = first;

    public string Fingerprint { get; } = first.Start.Fingerprint;

    public Counter Growth { get; } = new("orphans", "");

    /// <summary>Whether this look ended a window.</summary>
    /// <param name="now">What is left of it now; null: nothing.</param>
    public bool Look(long messages, LeftBehind? now)
    {
        Left = now ?? Left;
        return Growth.Look(messages, now?.Alive.Count ?? 0);
    }
}
