namespace Zanshin.Bench.Requests;

/// <summary>One row: handlers that take so long, on average, with so many slots.</summary>
/// <param name="Milliseconds">A handler takes 0.5 to 1.5 times this, evenly spread.</param>
/// <param name="Sampled">Receives sample servers, as at SQS: they bring 1 to 10 messages although there are more.</param>
/// <param name="Queues">One busy queue, and the others of its group: half of them empty, half with now and then a burst.</param>
internal sealed record RequestsCase(int Milliseconds, int Concurrency, bool Sampled = false, int Queues = 1)
{
    /// <summary>Messages of a burst, to one of the others at a time.</summary>
    public const int Burst = 10;

    /// <summary>Long enough for a group to have settled after one; short enough for several in a window.</summary>
    public static readonly TimeSpan BurstEvery = TimeSpan.FromSeconds(1);

    // What others bring in a burst is received beside the busy queue, and by receives of its own.
    private const int MoreWithOthers = 10;

    // What a sampled receive brings on average is 7.4 of 10 (SampledOrder), now and then nothing: 0.14 receives a message instead of 0.1.
    private const int MoreWhenSampled = 45;

    /// <summary>No machine at hand works more: a backlog need not be larger than for this.</summary>
    private const double MostPerSecond = 20_000;

    public string Name => $"{Milliseconds}x{Concurrency}{(Sampled ? "-sampled" : "")}{(Queues > 1 ? $"-{Queues}-queues" : "")}";

    /// <summary>Messages per second if slots are never idle.</summary>
    public double PerSecond => Milliseconds == 0 ? double.PositiveInfinity : Concurrency * 1000.0 / Milliseconds;

    public double ExpectedPerSecond => Math.Min(PerSecond, MostPerSecond);

    /// <summary>At most so many requests per 1,000 messages.</summary>
    public int Goal => (PerSecond >= 100 ? 205 : PerSecond >= 50 ? 220 : 300) + (Sampled ? MoreWhenSampled : 0);

    /// <summary>At most so many requests to the busy queue per 1,000 of its messages, where it has others beside it.</summary>
    public int GoalBesideOthers => 200 + MoreWithOthers + (Sampled ? MoreWhenSampled : 0);

    public TimeSpan RampUp => TimeSpan.FromSeconds(Milliseconds >= 1000 ? 6 : 3);

    /// <summary>Long enough for some hundred messages at the lowest rate.</summary>
    public TimeSpan Window => TimeSpan.FromSeconds(Milliseconds == 0 ? 5 : PerSecond <= 10 ? 60 : PerSecond <= 50 ? 24 : PerSecond <= 100 ? 15 : 8);

    public static IEnumerable<RequestsCase> All =>
    [
        .. from concurrency in new[] { 10, 100 }
           from milliseconds in new[] { 0, 20, 50, 200, 1000 }
           select new RequestsCase(milliseconds, concurrency),
        new RequestsCase(50, 100, Sampled: true),
        .. from queues in new[] { 2, 20, 100 }
           select new RequestsCase(50, 10, Queues: queues),
        new RequestsCase(50, 100, Queues: 20),
        new RequestsCase(50, 10, Sampled: true, Queues: 20),
    ];
}
