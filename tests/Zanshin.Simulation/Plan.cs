using System.Globalization;

namespace Zanshin.Simulation;

/// <summary>What one seed stands for: queues, load, workers, handlers and faults, all drawn from it.</summary>
internal sealed class Plan
{
    public Plan(int seed)
    {
        Seed = seed;
        var dice = new Random(seed);
        Hours = dice.OneIn(50);
        Queues = [.. Enumerable.Range(0, dice.Next(1, 4)).Select(i => new PlannedQueue(i, dice, Hours))];
        Workers = dice.Next(1, 4);
        Concurrency = dice.OneIn(5) ? 1 : dice.Next(2, 21);
        RoundTrip = TimeSpan.FromMilliseconds(dice.OneIn(3) ? 0 : dice.Next(1, 40));
        FaultsPer1000 = dice.OneIn(4) ? 0 : dice.OneIn(10) ? 500 : dice.Next(1, 200);
        Duplicates = dice.OneIn(2);
        Deaths = dice.OneIn(3) ? dice.Next(1, 4) : 0;
        Stops = dice.OneIn(3) ? dice.Next(1, 4) : 0;
        Quiets = dice.OneIn(4) ? dice.Next(1, 4) : 0;
        WallJumps = dice.OneIn(3) ? dice.Next(1, 6) : 0;
        Storm = TimeSpan.FromSeconds(dice.Next(5, 90));
        LongestWork = TimeSpan.FromMilliseconds(dice.Pick(20, 500, 4_000, 20_000));
        FailuresPer100 = dice.OneIn(3) ? 0 : dice.Next(1, 30);
        IgnoresTokenPer100 = dice.OneIn(3) ? 20 : 0;
        ExtendsPer100 = dice.OneIn(3) ? dice.Next(1, 50) : 0;
        OutlivesPer100 = dice.OneIn(4) ? 5 : 0;
        ShutdownTimeout = TimeSpan.FromSeconds(dice.Pick(30, 30, 30, 90, 10, 5, 3, 1));
        SendsMore = dice.OneIn(3) ? dice.Next(5, 60) : 0;
        if (dice.OneIn(4))
            Outages = [.. Enumerable.Range(0, dice.Next(1, 4)).Select(_ => new Outage(dice, Storm, Queues.Count))];
        if (dice.OneIn(6))
            OutageAtExtension = dice.Next(1, 12);
        OutageOfLease = dice.Pick(0.1, 0.32, 0.34, 0.5, 0.66, 1, 2) + dice.NextDouble() / 100;
        if (Queues.Count > 1 && dice.OneIn(8))
        {
            Broken = dice.Pick<PlannedQueue>([.. Queues]);
            BrokenBy = dice.Pick(Fate.NoQueue, Fate.Throttled, Fate.Hangs, Fate.Credentials, Fate.ServerError, Fate.LostAfter, Fate.NoName, Fate.Cancelled);
            Storm = TimeSpan.FromMinutes(dice.Next(12, 20));
            SendsMore = 60;
        }
        if (Hours)
            LongestWork = TimeSpan.FromHours(dice.Pick(1, 13));
        DrawGroups(dice);
        if (Groups > 0 && new Random(seed + 19).OneIn(4))
            Polling = Polling.By("drawn", () => new DrawnTurns(seed));
        // With dice of their own, so that what is drawn above is the same for a seed.
        var queues = new Random(seed + 13);
        SamplesServers = queues.OneIn(3);
        NoticesGone = !queues.OneIn(3);
        var still = new Random(seed + 17);
        Freezes = still.OneIn(3) ? still.Next(1, 5) : 0;
        Suspensions = still.OneIn(4) ? still.Next(1, 4) : 0;
        TellsTime = !still.OneIn(4);
        CountsSuspensions = still.OneIn(2) || !TellsTime;
    }

    // Last, so that what is drawn above is the same for a seed.
    private void DrawGroups(Random dice)
    {
        if (!dice.OneIn(3))
            return;
        Groups = dice.Next(1, 4);
        Polling = dice.Pick(Polling.WeightedRoundRobin, Polling.StrictPriorityWithin(TimeSpan.FromSeconds(dice.Next(2, 20))));
        MaxConcurrency = dice.OneIn(3) ? dice.Next(1, Concurrency + 1) : null;
        Resizes = dice.OneIn(2) ? dice.Next(1, 5) : 0;
        foreach (PlannedQueue queue in Queues)
            queue.DrawPlace(dice, Groups, Concurrency);
    }

    public int Seed { get; }

    /// <summary>Long visibility timeouts and long work, up to SQS's 12 hours and beyond.</summary>
    public bool Hours { get; }

    public IReadOnlyList<PlannedQueue> Queues { get; }

    public int Workers { get; }

    public int Concurrency { get; }

    /// <summary>Groups of queues, each with all slots; 0 for the worker's own only.</summary>
    public int Groups { get; private set; }

    public Polling Polling { get; private set; } = Polling.WeightedRoundRobin;

    /// <summary>The limit over all groups.</summary>
    public int? MaxConcurrency { get; private set; }

    /// <summary>How often slots, limits and rates of a process are changed while it works.</summary>
    public int Resizes { get; private set; }

    public TimeSpan RoundTrip { get; }

    public int FaultsPer1000 { get; }

    /// <summary>Receives from standard queues bring part of what there is, and now and then nothing, as at SQS.</summary>
    public bool SamplesServers { get; }

    /// <summary>The queue gives back what it handed to a receive whose client has gone, as the embedded one does. SQS may not.</summary>
    public bool NoticesGone { get; }

    /// <summary>How often a process stands still, as with SIGSTOP or a blocked pool.</summary>
    public int Freezes { get; }

    /// <summary>How often the machine of a process is suspended.</summary>
    public int Suspensions { get; }

    /// <summary>Answers have a date.</summary>
    public bool TellsTime { get; }

    /// <summary>The workers' clock goes on in suspensions; else they have to find out.</summary>
    public bool CountsSuspensions { get; }

    /// <summary>How much longer than it does a lease may be thought to last: what dates in whole seconds leave open of the shortest timeouts, and without dates what
    /// is not noticed of a standstill.</summary>
    public TimeSpan Unsure(PlannedQueue queue)
    {
        if (!TellsTime)
            return Freezes + Suspensions > 0 ? 2 * TimeSpan.FromSeconds(Math.Clamp(Queues.Min(static q => q.Visibility).TotalSeconds / 20, 0.05, 1)) : TimeSpan.Zero;
        TimeSpan open = TimeSpan.FromSeconds(2.1) - queue.Visibility / 2;
        // What does not show in the wall clock.
        TimeSpan unseen = CountsSuspensions ? TimeSpan.Zero : Suspensions * TimeSpan.FromSeconds(0.25);
        return unseen + (open > TimeSpan.Zero ? open : TimeSpan.Zero);
    }

    /// <summary>Standard queues deliver messages twice on purpose.</summary>
    public bool Duplicates { get; }

    /// <summary>How often a process dies in mid-work and another takes its place.</summary>
    public int Deaths { get; }

    /// <summary>How often a process is stopped cleanly in mid-work and another takes its place.</summary>
    public int Stops { get; }

    /// <summary>How often a process is told to be quiet, and after a while to go on.</summary>
    public int Quiets { get; }

    /// <summary>How often a process's wall clock jumps, by up to 30 hours.</summary>
    public int WallJumps { get; }

    /// <summary>How long faults are put in; after it the network is good, and everything must get done.</summary>
    public TimeSpan Storm { get; }

    public TimeSpan LongestWork { get; }

    public int FailuresPer100 { get; }

    public int IgnoresTokenPer100 { get; }

    /// <summary>Runs in which the handler extends its lease itself.</summary>
    public int ExtendsPer100 { get; }

    /// <summary>Runs that take several leases.</summary>
    public int OutlivesPer100 { get; }

    public TimeSpan ShutdownTimeout { get; }

    /// <summary>Messages that the processes send to each queue during the storm.</summary>
    public int SendsMore { get; }

    public IReadOnlyList<Outage> Outages { get; } = [];

    /// <summary>With the n-th extension an outage of everything begins; 0 for none.</summary>
    public int OutageAtExtension { get; }

    /// <summary>How long that one lasts, in visibility timeouts: to just before and just after the moments that matter.</summary>
    public double OutageOfLease { get; }

    /// <summary>A queue that does not work for all of the storm: the others must go on.</summary>
    public PlannedQueue? Broken { get; }

    public Fate BrokenBy { get; }

    /// <summary>Nothing goes wrong but what handlers do.</summary>
    public bool Fair => FaultsPer1000 == 0 && Freezes + Suspensions == 0 && Outages.Count == 0 && OutageAtExtension == 0 && Broken is null;

    /// <summary>The most that one run may take.</summary>
    public TimeSpan LongestRun => LongestWork > TimeSpan.FromSeconds(90) ? LongestWork : OutlivesPer100 > 0 ? TimeSpan.FromSeconds(90) : LongestWork;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{string.Join(" + ", Queues)}; {Workers} workers of {Concurrency}{(Groups > 0 ? $" in each of {Groups} groups by {Polling}{(MaxConcurrency is { } m ? $", at most {m}" : "")}, {Resizes} times resized" : "")}; round trip {RoundTrip.TotalMilliseconds} ms; faults {FaultsPer1000}/1000{(Duplicates ? ", duplicates" : "")}{(SamplesServers ? ", receives sample servers" : "")}{(NoticesGone ? "" : ", abandoned receives go on")}; "
        + $"{Deaths} deaths, {Stops} stops within {ShutdownTimeout.TotalSeconds} s, {Quiets} quiets, {WallJumps} wall clock jumps, {Freezes} freezes, {Suspensions} suspensions{(CountsSuspensions ? "" : " that the clock does not count")}{(TellsTime ? "" : ", answers without a date")}; storm {Storm.TotalSeconds} s; "
        + $"work up to {LongestWork.TotalMilliseconds} ms; failures {FailuresPer100} %, ignored tokens {IgnoresTokenPer100} %, extensions {ExtendsPer100} %, overlong {OutlivesPer100} %; "
        + $"{SendsMore} sent meanwhile{string.Concat(Outages.Select(static o => $"; {o}"))}"
        + $"{(OutageAtExtension > 0 ? $"; outage of {OutageOfLease:0.###} leases at extension {OutageAtExtension}" : "")}{(Broken is null ? "" : $"; {Broken.Name} is broken: {BrokenBy}")}");
}
