using Amazon.Runtime;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Hosting;

/// <summary>Which SQS client is used for which queue: the application's own, by key or without, else one of ours, made when it is first needed.</summary>
internal sealed class SqsClients(IServiceProvider services, ZanshinBuilder builder) : IDisposable
{
    private readonly Lock _lock = new(); // guards _own
    private AmazonSQSClient? _own;

    public IAmazonSQS For(string queue) =>
        services.GetKeyedService<IAmazonSQS>(queue) ?? services.GetService<IAmazonSQS>() ?? Own();

    /// <summary>Where a client sends to, for messages to people.</summary>
    public static string Endpoint(IAmazonSQS client)
    {
        IClientConfig config = client.Config;
        return config.ServiceURL?.TrimEnd('/') ?? config.RegionEndpoint?.SystemName ?? "an unknown region";
    }

    public void Dispose() => _own?.Dispose();

    private AmazonSQSClient Own()
    {
        lock (_lock)
            return _own ??= Create(builder.Options.Endpoint);
    }

    // Nothing is retried inside the client: the worker retries, on its own clock, and counts it. The SDK counts apart, and
    // repeats up to ten times at once, what it takes for a connection that the server has closed.
    internal static AmazonSQSClient Create(string? endpoint)
    {
        var config = new AmazonSQSConfig { MaxErrorRetry = 0, MaxStaleConnectionRetries = 0 };
        if (endpoint is not null)
            config.ServiceURL = endpoint;
        string? url = config.ServiceURL;
        if (url is null || !Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || !uri.IsLoopback)
            return new AmazonSQSClient(config);
        // Explicitly, also where it came from the environment: the SDK asks for a region otherwise.
        config.ServiceURL = url;
        // A server on this machine takes any credentials; looking for real ones would ask the network.
        config.AuthenticationRegion ??= "us-east-1";
        return new AmazonSQSClient(new BasicAWSCredentials("local", "local"), config);
    }
}
