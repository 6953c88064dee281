using Amazon.Runtime;
using Amazon.SQS;
using Zanshin.LocalQueue;

namespace Zanshin.Testing;

/// <summary>The real SQS client over an SQS in this process: everything is marshalled as ever, nothing goes over a socket.</summary>
public static class LocalSqsClient
{
    /// <summary>A client of <paramref name="sqs"/>. It retries nothing by itself. The caller disposes it, and the queues after it.</summary>
    public static AmazonSQSClient Create(LocalSqs sqs)
    {
        ArgumentNullException.ThrowIfNull(sqs);
        return Create(new LocalSqsHandler(sqs), sqs.Engine.Region);
    }

    /// <summary>A client over a handler of one's own around a <see cref="LocalSqsHandler"/>, which may fail calls or lose answers.</summary>
    public static AmazonSQSClient Create(HttpMessageHandler transport) => Create(transport, "us-east-1");

    private static AmazonSQSClient Create(HttpMessageHandler transport, string region) => new(
        new BasicAWSCredentials("local", "local"),
        new AmazonSQSConfig
        {
            ServiceURL = "http://localhost:9324",
            AuthenticationRegion = region,
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            HttpClientFactory = new Over(transport),
        });

    private sealed class Over(HttpMessageHandler transport) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(transport, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
