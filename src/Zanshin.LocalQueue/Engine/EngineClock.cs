using System.Globalization;

namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// The time that queues live by: begins at the wall clock's and then goes on by itself, so that nobody waits longer, and nothing is dropped, because that clock was set. Time in which the machine was
/// suspended counts, where the system tells of it. What is shown follows the wall clock: a message of a minute ago was sent a minute before what the wall clock says now. Thread-safe.
/// </summary>
internal sealed class EngineClock
{
    /// <summary>Less than this is drift, and not worth showing one message with two dates.</summary>
    private const long Step = TimeSpan.TicksPerSecond;

    private readonly TimeProvider _time;
    private readonly Func<TimeSpan?> _sinceBoot;
    private readonly long _began;
    private readonly long _stamp;
    private readonly TimeSpan? _booted;
    private readonly Lock _lock = new(); // guards the changes of those below
    private long _slept;
    private long _wallAhead;

    /// <param name="time">Both clocks.</param>
    /// <param name="notBefore">UTC ticks that have passed before, as far as is known: a wall clock that was set back between two runs holds nothing up either.</param>
    internal EngineClock(TimeProvider time, long notBefore = 0)
        : this(time, notBefore, time == TimeProvider.System && OperatingSystem.IsLinux() ? SinceBoot : static () => null)
    {
    }

    /// <param name="time">Both clocks.</param>
    /// <param name="notBefore">As above.</param>
    /// <param name="sinceBoot">Time since the machine was started, suspensions included; null where the monotonic clock counts them, or nothing tells.</param>
    internal EngineClock(TimeProvider time, long notBefore, Func<TimeSpan?> sinceBoot)
    {
        (_time, _sinceBoot) = (time, sinceBoot);
        var wall = time.GetUtcNow().UtcTicks;
        _stamp = time.GetTimestamp();
        _booted = sinceBoot();
        _began = Math.Max(wall, notBefore);
        _wallAhead = wall - _began;
    }

    /// <summary>UTC ticks that never go back.</summary>
    internal long Now
    {
        get
        {
            var now = Steady();
            return Math.Abs(_time.GetUtcNow().UtcTicks - now - Interlocked.Read(ref _wallAhead)) < Step ? now : Look();
        }
    }

    /// <summary>An instant of <see cref="Now"/> as the wall clock has it.</summary>
    internal long Shown(long at)
    {
        _ = Now;
        return at == 0 ? 0 : at + Interlocked.Read(ref _wallAhead);
    }

    private long Steady() => _began + _time.GetElapsedTime(_stamp).Ticks + Interlocked.Read(ref _slept);

    // The wall clock was set, or the machine was suspended.
    private long Look()
    {
        lock (_lock)
        {
            if (_booted is { } booted && _sinceBoot() is { } now)
            {
                var slept = (now - booted - _time.GetElapsedTime(_stamp)).Ticks;
                if (slept - _slept >= Step) Interlocked.Exchange(ref _slept, slept);
            }

            var steady = Steady();
            Interlocked.Exchange(ref _wallAhead, _time.GetUtcNow().UtcTicks - steady);
            return steady;
        }
    }

    private static TimeSpan? SinceBoot()
    {
        try
        {
            return double.TryParse(File.ReadAllText("/proc/uptime").Split(' ')[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
