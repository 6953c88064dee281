using Microsoft.Diagnostics.Runtime;

namespace Zanshin.Cli.Trace;

/// <summary>
/// One walk over the runtime's timer queues, which are linked lists in the other process's memory. Where things are is asked of the library; the
/// lists are read by ourselves, because its reader keeps pages, and a timer that was made since then is not in them.
/// </summary>
internal sealed class TimerWalk
{
    // coreclr's syncblk.h: the header in front of an object holds its identity hash when both bits are set.
    private const uint HoldsHash = 0x0C00_0000;
    private const uint HashBits = 0x03FF_FFFF;
    private const int HeaderBefore = 4;
    private const int MostTimers = 5_000_000;

    // The collector marks objects in the low bits of their type.
    private const ulong MarkBits = 7;

    private readonly ProcessMemory _memory;
    private readonly ClrObject _queues;
    private readonly ClrInstanceField _short;
    private readonly ClrInstanceField _long;
    private readonly ClrInstanceField _next;
    private readonly ulong _timerType;

    /// <exception cref="InvalidOperationException">The runtime keeps its timers elsewhere.</exception>
    public TimerWalk(ClrRuntime runtime, ProcessMemory memory)
    {
        _memory = memory;
        ClrModule library = runtime.BaseClassLibrary;
        ClrType queue = Type(library, "System.Threading.TimerQueue"), timer = Type(library, "System.Threading.TimerQueueTimer");
        (_short, _long, _next, _timerType) = (Field(queue, "_shortTimers"), Field(queue, "_longTimers"), Field(timer, "_next"), timer.MethodTable);
        _queues = queue.GetStaticFieldByName("<Instances>k__BackingField")?.ReadObject(library.AppDomain) ?? default;
        if (!_queues.IsValid || !_queues.IsArray)
            throw new InvalidOperationException("its timer queues are not where they were");
    }

    /// <exception cref="InvalidOperationException">The walk was torn.</exception>
    public void AddTo(HashSet<int> hashes)
    {
        for (int i = 0; i < _queues.AsArray().Length; i++)
        {
            ulong queue = _memory.Pointer(_queues.Type!.GetArrayElementAddress(_queues.Address, i));
            AddList(_memory.Pointer(_short.GetAddress(queue)), hashes);
            AddList(_memory.Pointer(_long.GetAddress(queue)), hashes);
        }
    }

    private void AddList(ulong timer, HashSet<int> hashes)
    {
        for (int count = 0; timer != 0; timer = _memory.Pointer(_next.GetAddress(timer)))
        {
            if ((_memory.Pointer(timer) & ~MarkBits) != _timerType || ++count > MostTimers)
                throw new InvalidOperationException("its timers changed faster than they could be read");
            uint header = _memory.Word(timer - HeaderBefore);
            if ((header & HoldsHash) == HoldsHash)
                hashes.Add((int)(header & HashBits));
        }
    }

    private static ClrType Type(ClrModule library, string name) => library.GetTypeByName(name) ?? throw Elsewhere();

    private static ClrInstanceField Field(ClrType type, string name) => type.GetFieldByName(name) ?? throw Elsewhere();

    private static InvalidOperationException Elsewhere() => new("its timer queues were not found, which this version of .NET may keep elsewhere");
}
