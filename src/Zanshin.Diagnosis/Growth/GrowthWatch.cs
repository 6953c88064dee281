namespace Zanshin.Diagnosis.Growth;

/// <summary>Looks at one count, window after window: it grows when two windows in a row say so. Not thread-safe.</summary>
/// <param name="looks">In a window; at least <see cref="GrowthTest.FewestLooks"/>.</param>
internal sealed class GrowthWatch(int looks)
{
    private readonly List<double> _x = new(looks);
    private readonly List<double> _y = new(looks);
    private bool _before;

    /// <summary>What the last whole window said.</summary>
    public GrowthVerdict Last { get; private set; }

    /// <summary>Two windows in a row agree.</summary>
    public bool Grows { get; private set; }

    /// <summary>Whether this look ended a window.</summary>
    public bool Look(double x, double y)
    {
        _x.Add(x);
        _y.Add(y);
        if (_x.Count < looks)
            return false;
        Last = GrowthTest.Judge([.. _x], [.. _y]);
        (Grows, _before) = (Last.Grows && _before, Last.Grows);
        _x.Clear();
        _y.Clear();
        return true;
    }
}
