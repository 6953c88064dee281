namespace Zanshin.Tracing.Heap;

/// <summary>
/// All objects of one moment with what they refer to, in arrays: some 30 bytes an object and 4 a reference. Objects are numbered by address. Not changed
/// once it is made and its roots are named.
/// </summary>
internal sealed class HeapGraph
{
    private readonly HeapType[] _types;
    private readonly int[] _type;
    private readonly int[] _firstEdge;
    private readonly int[] _edges;
    private readonly ulong[] _addresses;
    private readonly (int Object, RootKind Kind)[] _roots;
    private readonly Dictionary<int, string> _rootNames = [];

    /// <param name="addresses">In the order of the events, as all the others.</param>
    /// <param name="typeOf">Of each object, in <paramref name="types"/>.</param>
    /// <param name="edgeCounts">Of each object; its edges follow each other in <paramref name="edges"/>, by address.</param>
    public HeapGraph(HeapType[] types, List<ulong> addresses, List<int> typeOf, List<int> edgeCounts, List<ulong> edges, List<(ulong Address, RootKind Kind)> roots)
    {
        _types = types;
        ulong[] sorted = [.. addresses];
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        var at = new int[sorted.Length]; // by the event's order: where its edges begin
        for (int i = 0, edge = 0; i < at.Length; edge += edgeCounts[i++])
            at[i] = edge;
        _addresses = sorted;
        _type = new int[sorted.Length];
        _firstEdge = new int[sorted.Length + 1];
        _edges = new int[edges.Count];
        int next = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            int from = order[i];
            _type[i] = typeOf[from];
            _firstEdge[i] = next;
            for (int e = 0; e < edgeCounts[from] && at[from] + e < edges.Count; e++)
            {
                if (Find(sorted, edges[at[from] + e]) is >= 0 and int to)
                    _edges[next++] = to;
            }
        }
        _firstEdge[sorted.Length] = next;
        _roots = [.. roots.Select(r => (Find(sorted, r.Address), r.Kind)).Where(static r => r.Item1 >= 0)];
    }

    public int Count => _type.Length;

    public HeapType TypeOf(int number) => _types[_type[number]];

    public ReadOnlySpan<int> EdgesOf(int number) => _edges.AsSpan(_firstEdge[number].._firstEdge[number + 1]);

    public IReadOnlyList<(int Object, RootKind Kind)> Roots => _roots;

    /// <summary>Names of the static variables that hold an object, where they are known.</summary>
    public IReadOnlyDictionary<int, string> RootNames => _rootNames;

    public void NameRoot(ulong address, string name)
    {
        if (Find(_addresses, address) is >= 0 and int number)
            _rootNames.TryAdd(number, name);
    }

    public IEnumerable<int> ObjectsOf(HeapType type)
    {
        int index = Array.IndexOf(_types, type);
        for (int i = 0; i < _type.Length; i++)
        {
            if (_type[i] == index)
                yield return i;
        }
    }

    private static int Find(ulong[] sorted, ulong address) => Array.BinarySearch(sorted, address);
}
