using Amazon.Runtime;
using Amazon.SQS;

namespace Zanshin.Testing.Tests.Sdk;

/// <summary>The real SQS client, with all in it that would wait or look around for itself turned off.</summary>
internal static class VirtualClient
{
    public static AmazonSQSClient Over(HttpMessageHandler transport, int retries = 0) =>
        new(new BasicAWSCredentials("test", "test"), new AmazonSQSConfig
        {
            ServiceURL = "http://localhost:1",
            AuthenticationRegion = "us-east-1",
            MaxErrorRetry = retries, // the SDK waits before retries on a real timer
            HttpClientFactory = new Factory(transport),
        });

    private sealed class Factory(HttpMessageHandler transport) : HttpClientFactory
    {
        // The SDK caches the clients per SDK client and disposes them with it; the transport belongs to the test.
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(transport, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan }; // HttpClient's own timeout is a real timer
    }
}
