using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using Microsoft.Diagnostics.Tracing;

namespace Zanshin.Tracing.Sessions;

/// <summary>
/// The return addresses that came with an event, innermost first. The library gives them only through its TraceLog, which resolves names too
/// early for methods that are compiled later; so the event's record is read as it lies, in the layout of Windows' EVENT_RECORD.
/// </summary>
internal static class RawStack
{
    private const int ExtendedDataCountAt = 84;
    private const int ExtendedDataAt = 88;
    private const int ItemSize = 16;
    private const short StackTrace64 = 6;
    private const int MatchIdSize = 8; // in front of the addresses, unused

    private static readonly Func<TraceEvent, nint> Record = ReadsRecord();

    public static ulong[] Of(TraceEvent from)
    {
        nint record = Record(from);
        if (record == 0)
            return [];
        int count = Marshal.ReadInt16(record, ExtendedDataCountAt);
        nint item = Marshal.ReadIntPtr(record, ExtendedDataAt);
        for (; count > 0; count--, item += ItemSize)
        {
            if (Marshal.ReadInt16(item, 2) != StackTrace64)
                continue;
            int bytes = (ushort)Marshal.ReadInt16(item, 6) - MatchIdSize;
            nint data = Marshal.ReadIntPtr(item, 8) + MatchIdSize;
            var addresses = new long[Math.Max(0, bytes / sizeof(ulong))];
            Marshal.Copy(data, addresses, 0, addresses.Length);
            return (ulong[])(object)addresses;
        }
        return [];
    }

    private static Func<TraceEvent, nint> ReadsRecord()
    {
        FieldInfo field = typeof(TraceEvent).GetField("eventRecord", BindingFlags.Instance | BindingFlags.NonPublic)
            ?? throw new MissingFieldException(nameof(TraceEvent), "eventRecord");
        var read = new DynamicMethod("ReadEventRecord", typeof(nint), [typeof(TraceEvent)], typeof(TraceEvent), skipVisibility: true);
        ILGenerator il = read.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, field);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ret);
        return read.CreateDelegate<Func<TraceEvent, nint>>();
    }
}
