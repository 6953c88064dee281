namespace Zanshin.Cli.Demo;

internal sealed record DemoOptions
{
    /// <summary>One run in so many takes <see cref="SlowTime"/> on purpose, so that leases must be kept.</summary>
    public const int SlowEvery = 100;

    public const int DefaultCount = 5000;

    public static readonly TimeSpan SlowTime = TimeSpan.FromSeconds(5);

    /// <summary>Null: 5,000, or as many as the messages file has.</summary>
    public int? Count { get; init; }

    public int Concurrency { get; init; }

    public WorkTime Work { get; init; }

    public TimeSpan Visibility { get; init; }

    public string? Messages { get; init; }

    public string? Data { get; init; }

    public Uri? Endpoint { get; init; }

    public bool Yes { get; init; }

    public bool Json { get; init; }

    public bool Verbose { get; init; }
}
