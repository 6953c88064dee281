namespace Zanshin.Tracing.Begins;

/// <summary>How many came in each tenth of a second: enough to count up to any moment that is chosen later.</summary>
internal sealed class Tenths
{
    private const double Width = 100; // ms

    private readonly List<int> _counts = [];

    public void Add(double at)
    {
        int tenth = Math.Max(0, (int)(at / Width));
        while (_counts.Count <= tenth)
            _counts.Add(0);
        _counts[tenth]++;
    }

    public int Before(double at) => _counts.Take((int)Math.Round(at / Width)).Sum();
}
