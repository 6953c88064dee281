using System.Runtime.InteropServices;

namespace Zanshin.Timing;

/// <summary>
/// The time since the machine was started, with the time in which it was suspended: SQS's clock goes on meanwhile, and the usual monotonic clocks of Linux and macOS
/// stand still. That of Windows goes on.
/// </summary>
internal static partial class BootClock
{
    private const int LinuxBootTime = 7; // CLOCK_BOOTTIME
    private const int MacMonotonicRaw = 4; // CLOCK_MONOTONIC_RAW, which is mach_continuous_time

    /// <summary>Null where there is none.</summary>
    public static Func<TimeSpan>? Read { get; } = Find();

    private static Func<TimeSpan>? Find()
    {
        Func<TimeSpan>? read = OperatingSystem.IsLinux() && Environment.Is64BitProcess ? Linux : OperatingSystem.IsMacOS() ? Mac : OperatingSystem.IsWindows() ? Windows : null;
        try
        {
            return read?.Invoke() > TimeSpan.Zero ? read : null;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static TimeSpan Linux() =>
        GetTime(LinuxBootTime, out Time time) == 0 ? new TimeSpan(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / 100) : TimeSpan.Zero;

    private static TimeSpan Mac() => new((long)(GetNanoseconds(MacMonotonicRaw) / 100));

    private static TimeSpan Windows() => TimeProvider.System.GetElapsedTime(0);

    // Short, and never blocks.
    [SuppressGCTransition]
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    [LibraryImport("libSystem.dylib", EntryPoint = "clock_gettime_nsec_np")]
    private static partial ulong GetNanoseconds(int clock);

    /// <summary>A timespec of 64 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
