using Amazon.Runtime;
using Amazon.SQS;

namespace Zanshin.LocalQueue.Tests.InProcess;

/// <summary>How an AWS SDK client is put on top of a <see cref="LocalSqs"/>.</summary>
internal static class LocalClients
{
    internal static AmazonSQSClient Over(LocalSqs sqs) => Over(new LocalSqsHandler(sqs));

    internal static AmazonSQSClient Over(HttpMessageHandler handler, string region = "us-east-1") => new(
        new BasicAWSCredentials("local", "local"),
        new AmazonSQSConfig { ServiceURL = "http://localhost:9324", AuthenticationRegion = region, MaxErrorRetry = 0, HttpClientFactory = new Factory(handler) });

    private sealed class Factory(HttpMessageHandler handler) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        // One handler per test: a client of another test must never be used here.
        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }
}
