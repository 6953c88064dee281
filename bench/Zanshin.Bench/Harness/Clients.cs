using Amazon.Runtime;
using Amazon.SQS;

namespace Zanshin.Bench.Harness;

internal static class Clients
{
    /// <summary>As the worker makes its own, over a network of the benchmark's where one is given.</summary>
    public static AmazonSQSClient Create(string endpoint, Network? network = null)
    {
        var config = new AmazonSQSConfig { ServiceURL = endpoint, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 };
        if (network is not null)
            config.HttpClientFactory = network.Factory;
        return new AmazonSQSClient(new BasicAWSCredentials("local", "local"), config);
    }
}
