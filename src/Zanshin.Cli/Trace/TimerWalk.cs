using Microsoft.Diagnostics.Runtime;

namespace Zanshin.Cli.Trace;

/// <summary>One walk over the runtime's timer queues, which are linked lists in the other process's memory.</summary>
internal static class TimerWalk
{
    // coreclr's syncblk.h: the header in front of an object holds its identity hash when both bits are set.
    private const uint HoldsHash = 0x0C00_0000;
    private const uint HashBits = 0x03FF_FFFF;
    private const int HeaderBefore = 4;
    private const int MostTimers = 5_000_000;

    /// <exception cref="InvalidOperationException">The walk was torn.</exception>
    public static void Add(DataTarget target, ClrRuntime runtime, HashSet<int> hashes)
    {
        ClrObject queues = Queues(runtime);
        if (!queues.IsValid || !queues.IsArray)
            throw new InvalidOperationException("its timer queues are not where they were");
        ClrArray array = queues.AsArray();
        for (int i = 0; i < array.Length; i++)
        {
            ClrObject queue = array.GetObjectValue(i);
            AddList(target, queue.ReadObjectField("_shortTimers"), hashes);
            AddList(target, queue.ReadObjectField("_longTimers"), hashes);
        }
    }

    private static ClrObject Queues(ClrRuntime runtime)
    {
        ClrType? type = runtime.BaseClassLibrary.GetTypeByName("System.Threading.TimerQueue");
        ClrStaticField? field = type?.GetStaticFieldByName("<Instances>k__BackingField");
        return field is null
            ? throw new InvalidOperationException("its timer queues were not found, which this version of .NET may keep elsewhere")
            : field.ReadObject(runtime.BaseClassLibrary.AppDomain);
    }

    private static void AddList(DataTarget target, ClrObject timer, HashSet<int> hashes)
    {
        for (int count = 0; !timer.IsNull; timer = timer.ReadObjectField("_next"))
        {
            if (!timer.IsValid || timer.Type?.Name != "System.Threading.TimerQueueTimer" || ++count > MostTimers)
                throw new InvalidOperationException("its timers changed faster than they could be read");
            uint header = target.DataReader.Read<uint>(timer.Address - HeaderBefore);
            if ((header & HoldsHash) == HoldsHash)
                hashes.Add((int)(header & HashBits));
        }
    }
}
