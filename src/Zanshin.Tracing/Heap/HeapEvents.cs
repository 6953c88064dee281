using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Diagnostics.Tracing;
using Zanshin.Tracing.Sessions;

namespace Zanshin.Tracing.Heap;

/// <summary>Reads the events of one forced collection into a snapshot. The session's reading thread owns it until <see cref="Done"/>.</summary>
internal sealed class HeapEvents(bool withGraph)
{
    /// <summary>Beyond that, types are counted only.</summary>
    private const int MostObjects = 10_000_000;

    private const int GCStart = 1;
    private const int GCEnd = 2;
    private const int RestartEnd = 3;
    private const int SuspendBegin = 9;
    private const int BulkType = 15;
    private const int BulkRootEdge = 16;
    private const int BulkConditionalEdge = 17;
    private const int BulkNode = 18;
    private const int BulkEdge = 19;
    private const int BulkStaticVariable = 38;

    private const int ReasonInduced = 1;
    private const int BlockingCollection = 0;
    private const int FullDepth = 2;
    private const int WeakReference = 0x2;
    private const int ArrayFlag = 0x8;
    private const int NodeBytes = 32;
    private const int EdgeBytes = 12;
    private const int RootBytes = 21;
    private const int ConditionalBytes = 24;
    private const int HeaderBytes = 10; // index, count, CLR instance

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ulong, int> _typeIndex = [];
    private readonly List<TypeName> _typeNames = [];
    private readonly List<HeapType> _types = [];
    private readonly List<ulong> _addresses = [];
    private readonly List<int> _typeOf = [];
    private readonly List<int> _edgeCounts = [];
    private readonly List<ulong> _edges = [];
    private readonly List<(ulong, RootKind)> _roots = [];
    private readonly List<(ulong Address, string Field)> _statics = [];
    private long _collection = -1;
    private long _objects;
    private double _suspended;
    private double _pause;
    private bool _noGraph = !withGraph;
    private bool _tooMany;

    /// <summary>The forced collection is over, and all about it was read.</summary>
    public Task Done => _done.Task;

    public void Read(TraceEvent from)
    {
        if (from.ProviderGuid != Providers.Runtime || _done.Task.IsCompleted)
            return;
        switch ((int)from.ID)
        {
            case SuspendBegin when _collection < 0:
                _suspended = from.TimeStampRelativeMSec;
                break;
            case GCStart when _collection < 0:
                Start(Payload.Of(from));
                break;
            // One that the program asked for itself tells nothing.
            case RestartEnd when _collection == long.MaxValue && _objects == 0:
                _collection = -1;
                break;
            case RestartEnd when _collection == long.MaxValue:
                _pause = from.TimeStampRelativeMSec - _suspended;
                _done.TrySetResult();
                break;
            case BulkType:
                Types(Payload.Of(from));
                break;
            case BulkStaticVariable:
                Statics(Payload.Of(from));
                break;
            case var id when _collection >= 0:
                InCollection(id, from);
                break;
        }
    }

    /// <param name="names">Tells the names that the events leave open.</param>
    public HeapSnapshot ToSnapshot(ModuleTypes names, long eventsLost)
    {
        Dictionary<string, HeapType> byName = [];
        // Types are told after the objects that have them: names come last. Of one name there may be several.
        var types = new HeapType[_types.Count];
        for (int i = 0; i < types.Length; i++)
        {
            TypeName told = _typeNames[i];
            (string name, bool isUsers) = told.Element != 0 && _typeIndex.TryGetValue(told.Element, out int element)
                ? ($"{names.NameOf(_typeNames[element]).Name}[]", false)
                : names.NameOf(told);
            if (!byName.TryGetValue(name, out HeapType? type))
                byName[name] = type = new HeapType(name, isUsers);
            type.Count += _types[i].Count;
            type.Bytes += _types[i].Bytes;
            types[i] = type;
        }
        HeapGraph? graph = _noGraph ? null : new HeapGraph(types, _addresses, _typeOf, _edgeCounts, _edges, _roots);
        if (graph is not null)
            NameRoots(graph, names);
        return new HeapSnapshot(byName, graph, TimeSpan.FromMilliseconds(_pause), eventsLost, _tooMany);
    }

    // The events have the fields' names, and not whose they are.
    private void NameRoots(HeapGraph graph, ModuleTypes names)
    {
        Dictionary<string, string> owners = names.OwnersOf([.. _statics.Select(static s => s.Field)]);
        foreach ((ulong address, string field) in _statics)
        {
            string plain = field.StartsWith('<') && field.Contains('>', StringComparison.Ordinal) ? field[1..field.IndexOf('>', StringComparison.Ordinal)] : field;
            graph.NameRoot(address, owners.TryGetValue(field, out string? owner) ? $"static {owner}.{plain}" : $"static {plain}");
        }
    }

    private void Start(Payload payload)
    {
        int collection = payload.Int32(), depth = payload.Int32(), reason = payload.Int32(), type = payload.Int32();
        if (depth == FullDepth && reason == ReasonInduced && type == BlockingCollection)
            _collection = collection;
    }

    private void InCollection(int id, TraceEvent from)
    {
        ReadOnlySpan<byte> bytes = Bytes(from);
        switch (id)
        {
            case GCEnd when BinaryPrimitives.ReadInt32LittleEndian(bytes) == _collection:
                _collection = long.MaxValue;
                break;
            case BulkNode:
                foreach ((int at, int _) in Items(bytes, NodeBytes))
                    Node(bytes[at..]);
                break;
            case BulkEdge when !_noGraph:
                foreach ((int at, int _) in Items(bytes, EdgeBytes))
                    _edges.Add(UInt64(bytes, at));
                break;
            case BulkRootEdge when !_noGraph:
                foreach ((int at, int _) in Items(bytes, RootBytes))
                    Root(bytes[at..]);
                break;
            case BulkConditionalEdge when !_noGraph:
                foreach ((int at, int _) in Items(bytes, ConditionalBytes))
                    _roots.Add((UInt64(bytes, at + sizeof(ulong)), RootKind.ConditionalWeakTable));
                break;
        }
    }

    private void Node(ReadOnlySpan<byte> node)
    {
        int type = IndexOf(UInt64(node, 16));
        _objects++;
        _types[type].Count++;
        _types[type].Bytes += (long)UInt64(node, 8);
        if (_noGraph)
            return;
        if (_addresses.Count == MostObjects)
        {
            _noGraph = _tooMany = true;
            foreach (System.Collections.IList part in new System.Collections.IList[] { _addresses, _typeOf, _edgeCounts, _edges, _roots })
                part.Clear();
            return;
        }
        _addresses.Add(UInt64(node, 0));
        _typeOf.Add(type);
        _edgeCounts.Add((int)UInt64(node, 24));
    }

    private void Root(ReadOnlySpan<byte> root)
    {
        int flags = BinaryPrimitives.ReadInt32LittleEndian(root[9..]);
        if (UInt64(root, 0) is not 0 and ulong address && (flags & WeakReference) == 0)
            _roots.Add((address, (RootKind)Math.Min(root[8], (byte)RootKind.Other)));
    }

    private void Types(Payload payload)
    {
        int count = payload.Int32();
        payload.UInt16();
        for (int i = 0; i < count; i++)
        {
            ulong id = (ulong)payload.Int64();
            long module = payload.Int64();
            int token = payload.Int32();
            int flags = payload.Int32();
            payload.Byte(); // element type
            string name = payload.Text();
            bool isArray = (flags & ArrayFlag) != 0;
            ulong element = 0;
            for (int parameters = payload.Int32(); parameters > 0; parameters--)
                element = (ulong)payload.Int64();
            _typeNames[IndexOf(id)] = new TypeName(module, token, name, isArray, isArray ? element : 0);
        }
    }

    private void Statics(Payload payload)
    {
        int count = payload.Int32();
        payload.Int64(); // application domain
        payload.UInt16();
        for (int i = 0; i < count; i++)
        {
            payload.Int64(); // root's id
            ulong address = (ulong)payload.Int64();
            payload.Int64(); // its type
            payload.Int32(); // flags
            string field = payload.Text();
            if (address != 0)
                _statics.Add((address, field));
        }
    }

    private int IndexOf(ulong type)
    {
        if (_typeIndex.TryGetValue(type, out int index))
            return index;
        _typeIndex[type] = index = _types.Count;
        _types.Add(new HeapType("", isUsers: false));
        _typeNames.Add(new TypeName(0, 0, "(type not told)", IsArray: false));
        return index;
    }

    private static IEnumerable<(int At, int Number)> Items(ReadOnlySpan<byte> bytes, int size) =>
        Items(BinaryPrimitives.ReadInt32LittleEndian(bytes[sizeof(int)..]), bytes.Length, size);

    private static IEnumerable<(int At, int Number)> Items(int count, int length, int size)
    {
        for (int i = 0; i < count && HeaderBytes + (i + 1) * size <= length; i++)
            yield return (HeaderBytes + i * size, i);
    }

    private static ulong UInt64(ReadOnlySpan<byte> bytes, int at) => MemoryMarshal.Read<ulong>(bytes[at..]);

    private static unsafe ReadOnlySpan<byte> Bytes(TraceEvent from) => new((void*)from.DataStart, from.EventDataLength);
}
