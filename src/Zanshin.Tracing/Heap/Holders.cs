using System.Globalization;

namespace Zanshin.Tracing.Heap;

/// <summary>What holds each object: the shortest way to it from a root. Not thread-safe.</summary>
internal sealed class Holders
{
    private const int Unreached = -1;
    private const int FromRoot = -2;
    private const int MostHops = 100_000;

    /// <summary>Handles and static variables hold for ever; a stack only while its method runs.</summary>
    private static readonly RootKind[] s_order = [RootKind.Handle, RootKind.Other, RootKind.ConditionalWeakTable, RootKind.Finalizer, RootKind.Stack];

    // Registrations with a token know their neighbours: what has one of them does not hold the others, their token source does.
    private const string Registration = "System.Threading.CancellationTokenSource+CallbackNode";
    private const string Registrations = "System.Threading.CancellationTokenSource+Registrations";

    private readonly HeapGraph _graph;

    // A delay knows who waits for it, and so half of the program: what else holds a thing tells more.
    private const string Timers = "System.Threading.TimerQueue";
    private readonly HashSet<int> _aside = []; // what is gone through only when all else has been
    private readonly int[] _holder;
    private readonly Dictionary<int, RootKind> _roots = [];

    public Holders(HeapGraph graph)
    {
        _graph = graph;
        _holder = new int[graph.Count];
        Array.Fill(_holder, Unreached);
        var queue = new Queue<int>();
        // What a variable holds is reached through it, not through the array that the runtime keeps its variables in.
        foreach (int root in graph.RootNames.Keys)
            Root(root, RootKind.Handle, queue);
        Reach(queue);
        foreach (RootKind kind in s_order)
        {
            foreach ((int root, _) in graph.Roots.Where(r => r.Kind == kind))
                Root(root, kind, queue);
            Reach(queue);
        }
        while (_aside.Count > 0)
        {
            int[] rest = [.. _aside];
            _aside.Clear();
            foreach (int number in rest)
                Go(number, queue);
            Reach(queue);
        }
    }

    /// <summary>From the root to the object itself; empty for one that nothing holds.</summary>
    public IReadOnlyList<int> PathTo(int number)
    {
        List<int> path = [];
        for (int at = number; at >= 0 && path.Count < MostHops; at = _holder[at])
        {
            if (_holder[at] == Unreached)
                return [];
            path.Add(at);
        }
        path.Reverse();
        return path;
    }

    /// <summary>The same in words, repeated hops in one: "handle", "System.Object[]", "System.Threading.CancellationTokenSource+CallbackNode (x 2,310)".</summary>
    public IReadOnlyList<string> Describe(IReadOnlyList<int> path)
    {
        List<string> words = [];
        if (path.Count == 0)
            return words;
        words.Add(_graph.RootNames.GetValueOrDefault(path[0]) ?? NameOf(_roots[path[0]]));
        for (int i = 0; i < path.Count;)
        {
            string name = _graph.TypeOf(path[i]).Name;
            int end = i + 1;
            while (end < path.Count && _graph.TypeOf(path[end]).Name == name)
                end++;
            words.Add(end - i > 1 ? string.Create(CultureInfo.InvariantCulture, $"{name} (x {end - i:N0})") : name);
            i = end;
        }
        return words;
    }

    private void Root(int number, RootKind kind, Queue<int> queue)
    {
        if (_holder[number] != Unreached)
            return;
        _holder[number] = FromRoot;
        _roots[number] = kind;
        queue.Enqueue(number);
    }

    private void Reach(Queue<int> queue)
    {
        while (queue.TryDequeue(out int from))
        {
            if (IsAside(from))
                _aside.Add(from);
            else
                Go(from, queue);
        }
    }

    private void Go(int from, Queue<int> queue)
    {
        bool alongList = _graph.TypeOf(from).Name is Registration or Registrations;
        foreach (int to in _graph.EdgesOf(from))
        {
            if (_holder[to] != Unreached && !(alongList && _aside.Remove(to)))
                continue;
            _holder[to] = from;
            queue.Enqueue(to);
        }
    }

    private bool IsAside(int number) => _graph.TypeOf(number).Name switch
    {
        Timers => true,
        Registration => _holder[number] < 0 || _graph.TypeOf(_holder[number]).Name is not (Registration or Registrations),
        _ => false,
    };

    private static string NameOf(RootKind kind) => kind switch
    {
        RootKind.Handle => "static variable or handle",
        RootKind.Stack => "stack of a thread",
        RootKind.Finalizer => "finalizer queue",
        RootKind.ConditionalWeakTable => "ConditionalWeakTable",
        _ => "root",
    };
}
