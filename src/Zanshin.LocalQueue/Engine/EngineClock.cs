namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// The time that queues live by: begins at the wall clock's and then goes on by itself, so that nobody waits longer, and nothing is dropped, because that clock was set.
/// What is shown follows the wall clock: a message of a minute ago was sent a minute before what the wall clock says now. Thread-safe.
/// </summary>
/// <param name="time">Both clocks.</param>
/// <param name="notBefore">UTC ticks that have passed before, as far as is known: a wall clock that was set back between two runs holds nothing up either.</param>
internal sealed class EngineClock(TimeProvider time, long notBefore = 0)
{
    /// <summary>Less than this is drift, and not worth showing one message with two dates.</summary>
    private const long Step = TimeSpan.TicksPerSecond;

    private readonly long _began = Math.Max(time.GetUtcNow().UtcTicks, notBefore);
    private readonly long _stamp = time.GetTimestamp();
    private long _ahead; // of the wall clock, in ticks

    /// <summary>UTC ticks that never go back.</summary>
    internal long Now => _began + time.GetElapsedTime(_stamp).Ticks;

    /// <summary>An instant of <see cref="Now"/> as the wall clock has it.</summary>
    internal long Shown(long at)
    {
        var ahead = Now - time.GetUtcNow().UtcTicks;
        if (Math.Abs(ahead - Interlocked.Read(ref _ahead)) >= Step) Interlocked.Exchange(ref _ahead, ahead);
        return at == 0 ? 0 : at - Interlocked.Read(ref _ahead);
    }
}
