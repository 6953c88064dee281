namespace Zanshin;

/// <summary>The worker's options. Set in code; the configuration section <c>Zanshin</c>, where there is one, has the last word.</summary>
public sealed class ZanshinOptions
{
    /// <summary>Slots: how many messages are handled at once by each group of queues that does not say itself; without groups, by the worker. 1 to 10,000; default 10.</summary>
    public int Concurrency { get; set; } = 10;

    /// <summary>How many messages are handled at once over all groups. 1 to 10,000; default: as many as the groups have slots.</summary>
    public int? MaxConcurrency { get; set; }

    /// <summary>
    /// How many threads are added to the minimum of the process's thread pool while the worker works, for handlers that block their threads. Below its minimum the pool begins a
    /// thread at once, above it about one in a second, and the worker's own code, extensions of leases among it, waits behind handlers for that long. Default null: as many as there are
    /// slots, at most 500, queues with <see cref="QueueOptions.RunOnOwnThreads"/> not counted. 0 leaves the pool as it is; at most 10,000. A minimum begins no
    /// thread by itself: handlers that await need none of them. Workers of one process add up; what the process has set itself is never lowered, and holds again after the stop.
    /// </summary>
    public int? MinThreads { get; set; }

    /// <summary>How long a queue rests after an empty receive, where neither it nor its group says. 0 to 15 minutes; default 0: the next long poll opens at once.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many messages of the worker may start in a second, smoothly, a second's worth at once at most. Over 0 to 1,000,000; default no limit.</summary>
    public double? RateLimit { get; set; }

    /// <summary>The message attribute that carries the type name, on both sides. Default <c>zanshin-type</c>.</summary>
    public string TypeAttribute { get; set; } = "zanshin-type";

    /// <summary>
    /// The SQS endpoint, for an SQS-compatible server: an absolute http or https URL. Default none: the endpoint resolves as in
    /// every AWS SDK (<c>AWS_ENDPOINT_URL_SQS</c>, profile, region). Ignored where the application registers its own client.
    /// </summary>
    public string? Endpoint { get; set; }

    /// <summary>
    /// How long a stop may take, from the signal to the last settlement: 1 second to 1 day; 5 s before its end handlers are cancelled. The
    /// host's shutdown time-out is raised where it is too short for it. Default none: the host's shutdown time-out (30 s) less 2 s. In the
    /// configuration a number of seconds, or a time like <c>00:00:30</c>.
    /// </summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>
    /// How long the start waits while SQS cannot be asked for the queues: no answer, a server error, a throttle, or a queue to be made that was deleted less than a minute ago. 0 refuses
    /// the start at once; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> waits for ever. The start of a host is not held up: the worker waits beside it, says so in the log, is not ready, and ends the
    /// host when the time is over. Default: for ever in a host, 75 s where <see cref="ZanshinWorker.StartAsync"/> is called by hand. What SQS answers (a queue that does not
    /// exist, no permission) and a mistake in the setup refuse the start at once; while the worker waits for ever it goes on looking.
    /// </summary>
    public TimeSpan? WaitForSqs { get; set; }

    /// <summary>
    /// What a million requests cost, in US dollars: for the metrics of cost only. Default 0.40, the list price of standard queues; 0 to 1,000,000. Requests
    /// to FIFO queues count a quarter more, as in the list.
    /// </summary>
    public decimal PricePerMillionRequests { get; set; } = 0.40m;

    /// <summary>
    /// How often SQS is asked for the number of messages in each queue that is worked and in its dead-letter queue (<c>GetQueueAttributes</c>, a request each), for the
    /// status and the metrics <c>zanshin.queue.*</c>: 5 seconds to 1 hour; default none. Every process with this option asks. Counted and priced with
    /// the other requests: at 30 seconds 5,760 requests a day for a queue with a dead-letter queue.
    /// </summary>
    public TimeSpan? BacklogInterval { get; set; }

    /// <summary>
    /// Whether a run whose handler asked for a retry (<see cref="Outcome.Retry()"/>) is an error in traces and in the metric <c>messaging.process.duration</c>, as a failed one
    /// always is. Default false: the handler has decided so.
    /// </summary>
    public bool RetriesAreErrors { get; set; }

    internal ZanshinOptions Copy() => (ZanshinOptions)MemberwiseClone();
}
