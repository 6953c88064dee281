using Zanshin.Tracing.Heap;

namespace Zanshin.Tracing.Tests.Heap;

public class HeapDiffTests
{
    private static readonly long[] s_messages = [0, 100, 200];

    [Fact]
    public void Of_types_that_hold_each_other_the_users_own_is_the_cause()
    {
        HeapGrowth cause = Assert.Single(HeapDiff.Find([Orders(10), Orders(110), Orders(210)], s_messages));
        Assert.Equal(("Shop.Order", 10, 210), (cause.Type, cause.Before, cause.After));
        Assert.Equal(1.0, cause.PerMessage!.Value, 3);
        Assert.Equal(["static variable or handle", "Shop.Cache", "Shop.Order"], cause.HeldBy);
        TypeGrowth with = Assert.Single(cause.With);
        Assert.Equal(("System.String", 200), (with.Type, with.More));
        Assert.Equal(200 * 2 * 24, cause.Bytes);
    }

    [Theory]
    [InlineData(10, 110, 112)] // it has warmed up
    [InlineData(10, 200, 150)] // and goes down again
    [InlineData(10, 14, 18)]   // a handful
    public void What_does_not_grow_in_both_halves_is_none(int first, int middle, int last) =>
        Assert.Empty(HeapDiff.Find([Orders(first), Orders(middle), Orders(last)], s_messages));

    [Fact]
    public void While_the_worker_stands_still_nothing_need_grow()
    {
        HeapGrowth cause = Assert.Single(HeapDiff.Find([Orders(10), Orders(110), Orders(110), Orders(210)], [0, 100, 100, 200]));
        Assert.Equal("Shop.Order", cause.Type);
    }

    [Fact]
    public void Where_no_message_was_processed_only_what_grows_at_each_look_is_a_growth() =>
        Assert.Empty(HeapDiff.Find([Orders(10), Orders(110), Orders(110), Orders(210)], [100, 100, 100, 100]));

    [Fact]
    public void What_grows_with_time_and_not_with_messages_is_none() =>
        Assert.Empty(HeapDiff.Find([Orders(10), Orders(30), Orders(50)], [0, 1000, 2000]));

    [Fact]
    public void Without_messages_it_is_against_time()
    {
        HeapGrowth cause = Assert.Single(HeapDiff.Find([Orders(10), Orders(110), Orders(210)], null));
        Assert.Null(cause.PerMessage);
    }

    [Fact]
    public void A_heap_without_its_graph_names_the_users_types()
    {
        HeapSnapshot[] snapshots = [.. new[] { Orders(10), Orders(110), Orders(210) }.Select(static s => s with { Graph = null })];
        HeapGrowth cause = Assert.Single(HeapDiff.Find(snapshots, s_messages));
        Assert.Equal("Shop.Order", cause.Type);
        Assert.Empty(cause.HeldBy);
    }

    [Fact]
    public void A_static_variable_goes_by_its_name_and_a_long_list_is_one_hop()
    {
        HeapGraph graph = Graph([("Shop.Cache", [1]), ("Shop.Node", [2]), ("Shop.Node", [3]), ("Shop.Order", [])], root: 0);
        graph.NameRoot(1000, "static Shop.Cache.All");
        var holders = new Holders(graph);
        Assert.Equal(["static Shop.Cache.All", "Shop.Cache", "Shop.Node (x 2)", "Shop.Order"], holders.Describe(holders.PathTo(3)));
    }

    [Fact]
    public void A_registration_is_held_by_its_token_source_not_by_its_neighbours()
    {
        const string node = "System.Threading.CancellationTokenSource+CallbackNode";
        // A delay (0) knows its registration (1), whose neighbour (2) holds a linked source (3); all are the host's (4, 5).
        HeapGraph graph = Graph(
            [("Delay", [1]), (node, [2]), (node, [3]), ("Linked", []), ("Host", [5]), ("System.Threading.CancellationTokenSource+Registrations", [1])], 0, 4);
        var holders = new Holders(graph);
        Assert.Equal(["static variable or handle", "Host", "System.Threading.CancellationTokenSource+Registrations", $"{node} (x 2)", "Linked"], holders.Describe(holders.PathTo(3)));
    }

    [Fact]
    public void What_nothing_holds_has_no_path() => Assert.Empty(new Holders(Graph([("A", []), ("B", [])], 0)).PathTo(1));

    // A cache that holds orders, each with its text.
    private static HeapSnapshot Orders(int count)
    {
        List<(string, int[])> objects = [("Shop.Cache", [.. Enumerable.Range(1, count)])];
        for (int i = 0; i < count; i++)
            objects.Add(("Shop.Order", [1 + count + i]));
        for (int i = 0; i < count; i++)
            objects.Add(("System.String", []));
        HeapGraph graph = Graph(objects, 0);
        Dictionary<string, HeapType> types = [];
        for (int i = 0; i < graph.Count; i++)
        {
            HeapType type = graph.TypeOf(i);
            types[type.Name] = type;
            type.Count++;
            type.Bytes += 24;
        }
        return new HeapSnapshot(types, graph, TimeSpan.Zero, 0);
    }

    private static HeapGraph Graph(List<(string Type, int[] To)> objects, params int[] root)
    {
        HeapType[] types = [.. objects.Select(static o => o.Type).Distinct().Select(static t => new HeapType(t, isUsers: t.StartsWith("Shop", StringComparison.Ordinal)))];
        static ulong Address(int number) => 1000 + 24 * (ulong)number;
        // The events come in no order of addresses.
        int[] order = [.. Enumerable.Range(0, objects.Count).Reverse()];
        return new HeapGraph(
            types,
            [.. order.Select(Address)],
            [.. order.Select(i => Array.FindIndex(types, t => t.Name == objects[i].Type))],
            [.. order.Select(i => objects[i].To.Length)],
            [.. order.SelectMany(i => objects[i].To).Select(Address)],
            [.. root.Select(static r => (Address(r), RootKind.Handle))]);
    }
}
