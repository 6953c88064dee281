namespace Zanshin.Tests.Rig;

/// <summary>What handlers of a FIFO queue saw: bodies are numbers that rise inside each group.</summary>
internal sealed class Seen
{
    private readonly List<(string Group, int Number)> _runs = [];
    private readonly Dictionary<string, int> _running = [];

    public int Count => _runs.Count;

    public IEnumerable<string> Groups => _runs.Select(static r => r.Group);

    public int MostPerGroup { get; private set; }

    public int MostAtOnce { get; private set; }

    public IDisposable Run(string group, int number)
    {
        _runs.Add((group, number));
        _running[group] = _running.GetValueOrDefault(group) + 1;
        MostPerGroup = Math.Max(MostPerGroup, _running[group]);
        MostAtOnce = Math.Max(MostAtOnce, _running.Values.Sum());
        return new End(() => _running[group]--);
    }

    /// <summary>Inside a group the first runs of its messages are in order, and none is run before an earlier one has had its last.</summary>
    public void AssertInOrder()
    {
        foreach (IGrouping<string, (string Group, int Number)> group in _runs.GroupBy(static r => r.Group))
        {
            int[] numbers = [.. group.Select(static r => r.Number)];
            Assert.Equal(numbers.Order(), numbers);
        }
        Assert.Equal(1, MostPerGroup);
    }

    private sealed class End(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
