namespace Zanshin.Tracing.Sites;

/// <summary>Which method an address belongs to, of one process, as its rundowns told. Used by one task at a time.</summary>
internal sealed class CodeMap
{
    private readonly SortedList<ulong, MethodBody> _bodies = [];
    private readonly Dictionary<long, string> _modules = [];

    public int Count => _bodies.Count;

    /// <summary>Bodies of earlier rundowns stay, unless their place is taken: collectible code may be gone by now.</summary>
    public void Add(IEnumerable<MethodBody> bodies, IEnumerable<KeyValuePair<long, string>> modules)
    {
        foreach (MethodBody body in bodies.OrderBy(static b => b.Start))
            _bodies[body.Start] = body;
        foreach ((long module, string path) in modules)
            _modules[module] = path;
    }

    public MethodBody? Find(ulong address)
    {
        IList<ulong> starts = _bodies.Keys;
        int low = 0, high = starts.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (starts[middle] <= address)
                low = middle + 1;
            else
                high = middle - 1;
        }
        // A return address may be the one behind the last instruction.
        return high >= 0 && _bodies.Values[high] is var body && address - body.Start <= body.Size ? body : null;
    }

    public IEnumerable<long> Modules => _modules.Keys;

    public string? ModulePath(long module) => _modules.GetValueOrDefault(module);
}
