using Zanshin.Diagnosis.Growth;

namespace Zanshin.Diagnosis.Watching;

/// <summary>One figure against messages processed. For one reader.</summary>
/// <param name="kind">As in <see cref="Leak.Kinds"/>.</param>
/// <param name="unit">What counts as one of it: smaller moves are none.</param>
internal sealed class Counter(string kind, string what, double unit = 1)
{
    public const int LooksInWindow = GrowthTest.FewestLooks;
    public const int LooksForVerdict = 2 * LooksInWindow;

    private readonly GrowthWatch _growth = new(LooksInWindow);
    private long _x = -1;

    public string Kind => kind;

    public string What => what;

    public double Value { get; private set; }

    /// <summary>How often it was looked at, of the two windows that a verdict takes.</summary>
    public int Looks { get; private set; }

    /// <summary>The last window rose.</summary>
    public bool MayGrow => _growth.Last.Grows;

    /// <summary>The last two did.</summary>
    public bool Grows => _growth.Grows;

    public double PerMessage => _growth.Last.PerX * unit;

    /// <summary>Without new messages it is not looked at: what changes then is not theirs.</summary>
    /// <returns>Whether this look ended a window.</returns>
    public bool Look(long x, double value)
    {
        if (x == _x)
            return false;
        (_x, Value, Looks) = (x, value, Math.Min(Looks + 1, LooksForVerdict));
        return _growth.Look(x, value / unit);
    }
}
