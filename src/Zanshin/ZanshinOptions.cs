namespace Zanshin;

/// <summary>The worker's options. Set in code; the configuration section <c>Zanshin</c>, where there is one, has the last word.</summary>
public sealed class ZanshinOptions
{
    /// <summary>Slots: how many messages are handled at once, over all queues. 1 to 10,000; default 10.</summary>
    public int Concurrency { get; set; } = 10;

    /// <summary>The message attribute that carries the type name, on both sides. Default <c>zanshin-type</c>.</summary>
    public string TypeAttribute { get; set; } = "zanshin-type";

    /// <summary>
    /// The SQS endpoint, for an SQS-compatible server: an absolute http or https URL. Default none: the endpoint resolves as in
    /// every AWS SDK (<c>AWS_ENDPOINT_URL_SQS</c>, profile, region). Ignored where the application registers its own client.
    /// </summary>
    public string? Endpoint { get; set; }

    /// <summary>
    /// What a million requests cost, in US dollars: for the metrics of cost only. Default 0.40, the list price of standard queues; 0 or more. Requests
    /// to FIFO queues count a quarter more, as in the list.
    /// </summary>
    public decimal PricePerMillionRequests { get; set; } = 0.40m;
}
