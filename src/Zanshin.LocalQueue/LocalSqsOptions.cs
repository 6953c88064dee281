using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue;

/// <summary>How a <see cref="LocalSqs"/> behaves. Read once, when it is made.</summary>
public sealed class LocalSqsOptions
{
    /// <summary>All time the queues know: visibility, delays, retention, long polls. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>With a seed, the same calls at the same times give the same message ids and receipt handles. Default: null, ids differ on every run.</summary>
    public int? Seed { get; set; }

    /// <summary>
    /// The region of calls that are not signed. Default: <c>us-east-1</c>. A signed call sees the queues of the region that it is signed for and no others; their ARNs name it.
    /// </summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>The account in queue URLs and ARNs, 12 digits. Default: <c>000000000000</c>.</summary>
    public string AccountId { get; set; } = "000000000000";

    /// <summary>What queue URLs begin with. Default: null, the address the request was sent to.</summary>
    public Uri? BaseUrl { get; set; }

    /// <summary>How long a deleted queue's name cannot be used again. Default: 60 s, as on SQS; zero lifts the rule.</summary>
    public TimeSpan DeletedNameHold { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether a receive from a standard queue samples servers, as at SQS: of 10 messages asked for it brings 1 to 10 although there are more, and now and then none; a short
    /// poll (<c>WaitTimeSeconds</c> 0) misses messages more often. With a <see cref="Seed"/> it is drawn alike on every run. FIFO queues are not sampled. Default: false, each receive finds all there is.
    /// </summary>
    public bool SampleServers { get; set; }

    /// <summary>Messages a queue can have in flight. SQS's figure; tests lower it.</summary>
    internal int InFlightLimit { get; set; } = SqsLimits.InFlight;
}
