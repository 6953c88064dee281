using Microsoft.Extensions.Logging;
using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>
/// Beats while the worker works, so that it knows when it stood still, and clears up what its clock may have missed.
/// <list type="number">
/// <item>A beat that comes late means that the process was frozen, the machine suspended or the pool blocked: all leases are looked at anew.</item>
/// <item>Where the wall clock or the server is ahead, SQS is asked for the time: either time has passed unseen, or a clock was set.</item>
/// </list>
/// </summary>
internal sealed class PulseLoop : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);

    /// <summary>What another clock may differ by and still say the same.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <summary>Queues that are asked for the time at most: while none answers, nothing is extended.</summary>
    private const int Asked = 3;

    private readonly CancellationTokenSource _stop = new();
    private readonly Surroundings _surroundings;
    private readonly IReadOnlyList<LeaseKeeper> _keepers;
    private readonly ILogger _logger;
    private readonly Wakeup _wakeup;
    private Task _loop = Task.CompletedTask;
    private volatile bool _stopped;

    public PulseLoop(IEnumerable<QueueWorker> queues, Surroundings surroundings, ILogger logger)
    {
        (_keepers, _surroundings, _logger) = ([.. queues.Select(static q => q.Leases)], surroundings, logger);
        _wakeup = new Wakeup(surroundings);
        surroundings.Doubt.Begun = _wakeup.Set;
        Period = _keepers.Count == 0 ? Longest : Within(_keepers.Min(static k => k.Schedule.Visibility) / 20);
    }

    /// <summary>A twentieth of the shortest visibility timeout, so that what is not noticed is a tenth at most.</summary>
    public TimeSpan Period { get; }

    public void Start()
    {
        // What the clocks were before does not concern it.
        _surroundings.Doubt.End(TimeSpan.Zero, _surroundings.Time.GetUtcNow(), _surroundings.Now);
        _surroundings.Pulse.Begin(_surroundings.Now, Period);
        _loop = _surroundings.Begin(this, static pulse => pulse.RunAsync());
    }

    /// <summary>Ends the loop. Last of all: who waits for a doubt to end waits for it.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        _stop.Cancel();
        _wakeup.Set();
        await _loop;
        _surroundings.Pulse.End();
        Dispose();
    }

    public void Dispose()
    {
        _wakeup.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            bool late = _surroundings.Pulse.Beat(_surroundings.Now);
            if (_surroundings.InDoubt)
                late |= await ClearUpAsync();
            if (late)
            {
                foreach (LeaseKeeper keeper in _keepers)
                    keeper.LookAgain();
            }
            if (_stopped)
                return;
            await _wakeup.WaitAsync(_surroundings.Now + Period);
        }
    }

    private async Task<bool> ClearUpAsync()
    {
        (TimeSpan Least, TimeSpan Most)? byServer = null;
        for (int i = 0; i < _keepers.Count && i < Asked && byServer is null && !_stopped; i++)
            byServer = await _keepers[i].AskMissedAsync(_stop.Token);
        DateTimeOffset wall = _surroundings.Time.GetUtcNow();
        TimeSpan now = _surroundings.Now;
        (TimeSpan wallAhead, _) = _surroundings.Doubt.Ahead(wall, now);
        TimeSpan missed = MissedOf(wallAhead, byServer, _surroundings.CountsSuspensions);
        if (missed > TimeSpan.Zero)
        {
            foreach (LeaseKeeper keeper in _keepers)
                keeper.ClockHasMissed();
            _logger.ClockMissed(missed);
        }
        _surroundings.Doubt.End(missed, wall, now);
        return true;
    }

    /// <summary>How much time the clock has missed.</summary>
    /// <param name="wall">How far the wall clock is ahead; it may have been set.</param>
    /// <param name="byServer">What the server's clock says; null where it says nothing.</param>
    /// <param name="countsSuspensions">The clock goes on while the machine is suspended.</param>
    public static TimeSpan MissedOf(TimeSpan wall, (TimeSpan Least, TimeSpan Most)? byServer, bool countsSuspensions)
    {
        if (byServer is not { } server)
            return countsSuspensions || wall < TimeSpan.Zero ? TimeSpan.Zero : wall;
        if (wall > TimeSpan.Zero && wall >= server.Least - Tolerance && wall <= server.Most + Tolerance)
            return wall;
        // The wall clock was set; and time was missed all the same where the server is surely ahead.
        return server.Least > TimeSpan.Zero ? server.Most : TimeSpan.Zero;
    }

    private static TimeSpan Within(TimeSpan period) => period > Longest ? Longest : period < Shortest ? Shortest : period;
}
