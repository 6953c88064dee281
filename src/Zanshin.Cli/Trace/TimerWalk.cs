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

    /// <summary>False when the walk was torn.</summary>
    public static bool Add(DataTarget target, ClrRuntime runtime, HashSet<int> hashes)
    {
        ClrObject queues = Queues(runtime);
        if (!queues.IsValid || !queues.IsArray)
            return false;
        ClrArray array = queues.AsArray();
        for (int i = 0; i < array.Length; i++)
        {
            ClrObject queue = array.GetObjectValue(i);
            if (!queue.IsValid || !AddList(target, queue.ReadObjectField("_shortTimers"), hashes) || !AddList(target, queue.ReadObjectField("_longTimers"), hashes))
                return false;
        }
        return true;
    }

    private static ClrObject Queues(ClrRuntime runtime)
    {
        ClrType? type = runtime.BaseClassLibrary.GetTypeByName("System.Threading.TimerQueue");
        ClrStaticField? field = type?.GetStaticFieldByName("<Instances>k__BackingField");
        return field is null
            ? throw new InvalidOperationException("this version of .NET keeps its timers elsewhere")
            : field.ReadObject(runtime.BaseClassLibrary.AppDomain);
    }

    private static bool AddList(DataTarget target, ClrObject timer, HashSet<int> hashes)
    {
        for (int count = 0; !timer.IsNull; timer = timer.ReadObjectField("_next"))
        {
            if (!timer.IsValid || timer.Type?.Name != "System.Threading.TimerQueueTimer" || ++count > MostTimers)
                return false;
            uint header = target.DataReader.Read<uint>(timer.Address - HeaderBefore);
            if ((header & HoldsHash) == HoldsHash)
                hashes.Add((int)(header & HashBits));
        }
        return true;
    }
}
