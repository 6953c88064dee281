namespace Zanshin.Cli.Demo;

/// <summary>
/// What this process holds at one moment, to be compared later: its own threads and the active timers. Taken when a worker has
/// worked and stopped, so that what the runtime, the SDK and the server make once is in it.
/// </summary>
internal sealed record Leftovers(int? Threads, long Timers)
{
    private static readonly TimeSpan RestTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    /// <summary>The least that was seen within a second, so that what is just ending does not hide what is left later.</summary>
    public static async Task<Leftovers> AtRestAsync()
    {
        Leftovers least = Now();
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < RestTime)
        {
            await Task.Delay(Between, TimeProvider.System);
            Leftovers now = Now();
            least = new(now.Threads is { } t ? Math.Min(t, least.Threads ?? t) : null, Math.Min(now.Timers, least.Timers));
        }
        return least;
    }

    /// <summary>What has come on top of this and stays for 5 s, with what the stopped worker itself still counts.</summary>
    /// <param name="inFlight">Messages that a queue nobody else uses still has in flight: leases that nobody keeps.</param>
    public async Task<LeftBehind> SinceAsync(WorkerStatus worker, int inFlight)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Leftovers now = Now();
            var left = new LeftBehind(
                now.Threads - Threads is { } more ? Math.Max(0, more) : null,
                Math.Max(0, now.Timers - Timers),
                worker.TasksAlive,
                worker.Queues.Sum(static q => q.LeasesHeld) + inFlight,
                worker.Running + worker.Waiting + worker.Settling);
            if (left.IsNothing || TimeProvider.System.GetElapsedTime(start) > SettleTime)
                return left;
            await Task.Delay(Between, TimeProvider.System);
        }
    }

#pragma warning disable RS0030 // Reads a count; no timer is made.
    private static Leftovers Now() => new(OwnThreads.Count(), Timer.ActiveCount);
#pragma warning restore RS0030
}
