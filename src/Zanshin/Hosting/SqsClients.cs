using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Sqs;

namespace Zanshin.Hosting;

/// <summary>
/// Which SQS client is used for which queue: the application's own, by key or without, else one of ours, made when it is first
/// needed: one for each region and for each server that the queues name, and one for all others.
/// </summary>
internal sealed class SqsClients(IServiceProvider services, ZanshinBuilder builder) : IDisposable
{
    private readonly Lock _lock = new(); // guards _own
    private readonly Dictionary<(string? Endpoint, string? Region), AmazonSQSClient> _own = [];
    private readonly ConcurrentDictionary<string, Endpoint> _endpoints = new();

    /// <exception cref="ZanshinConfigurationException">The queue's ARN or URL is malformed, or the application's client asks another region.</exception>
    public IAmazonSQS For(string queue) => For(QueueAddress.Parse(queue));

    /// <inheritdoc cref="For(string)"/>
    public IAmazonSQS For(QueueAddress queue)
    {
        if (services.GetKeyedService<IAmazonSQS>(queue.Given) is { } given)
            return given;
        if (services.GetKeyedService<IAmazonSQS>(queue.Name) is { } named && !AsksElsewhere(named, queue, out _))
            return named;
        if (services.GetService<IAmazonSQS>() is not { } ours)
            return Own(queue);
        if (AsksElsewhere(ours, queue, out string? region))
            throw new ZanshinConfigurationException([$"Queue '{queue.Name}' is in {queue.Region} and the application's SQS client asks {region}: register one for it, services.AddKeyedSingleton<IAmazonSQS>(\"{queue.Given}\", ...), or none at all, and the worker makes one for each region."]);
        return ours;
    }

    /// <summary>
    /// Whoever has got clients and goes on working with them says so: a container that is disposed of then ends the worker and the send buffers before these clients, whatever made them.
    /// </summary>
    public void InUse() => services.GetRequiredService<ContainerEnd>();

    /// <summary>Where a client sends to, for messages to people; with the proxy that it goes through, where one is known.</summary>
    public static string Way(IAmazonSQS client)
    {
        string endpoint = Endpoint(client);
        return Proxy(client.Config) is { } proxy ? $"{endpoint}, through the proxy {proxy}" : endpoint;
    }

    // Without its credentials. What an application's own client goes through in other ways (a factory of HTTP clients) is not known.
    private static string? Proxy(IClientConfig config)
    {
        string? url = config.ServiceURL ?? (config.RegionEndpoint is { } region ? $"https://sqs.{region.SystemName}.amazonaws.com" : null);
        if (config.HttpClientFactory is not null || !Uri.TryCreate(url, UriKind.Absolute, out Uri? uri))
            return null;
        IWebProxy through = config.GetWebProxy() ?? HttpClient.DefaultProxy;
        return through.IsBypassed(uri) || through.GetProxy(uri) is not { } proxy ? null : proxy.GetComponents(UriComponents.SchemeAndServer, UriFormat.Unescaped);
    }

    /// <summary>What all clients have in common that send to the same place.</summary>
    public Endpoint EndpointOf(IAmazonSQS client) => _endpoints.GetOrAdd(Endpoint(client), static _ => new Endpoint());

    /// <summary>Where a client sends to, for messages to people.</summary>
    public static string Endpoint(IAmazonSQS client)
    {
        IClientConfig? config = client.Config;
        return config?.ServiceURL?.TrimEnd('/') ?? config?.RegionEndpoint?.SystemName ?? "an unknown region";
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (AmazonSQSClient client in _own.Values)
                client.Dispose();
            _own.Clear();
        }
    }

    // It would find a queue of the same name there, or none.
    private static bool AsksElsewhere(IAmazonSQS client, QueueAddress queue, [NotNullWhen(true)] out string? region)
    {
        region = client.Config is { ServiceURL: null } config ? config.RegionEndpoint?.SystemName : null;
        return queue.Region is not null && region is not null && region != queue.Region;
    }

    // An endpoint that was set is for all queues, wherever their URL or ARN points: that is how one tries on a laptop what runs in regions.
    private AmazonSQSClient Own(QueueAddress queue)
    {
        string? endpoint = builder.Options.Endpoint ?? new AmazonSQSConfig().ServiceURL;
        (string? Endpoint, string? Region) key = endpoint is not null ? (endpoint, null) : (queue.Endpoint, queue.Region);
        lock (_lock)
        {
            if (_own.TryGetValue(key, out AmazonSQSClient? known))
                return known;
        }
        // It looks for credentials, also by code of the application's: not under the lock.
        AmazonSQSClient made = Create(key.Endpoint, key.Region);
        AmazonSQSClient? other;
        lock (_lock)
        {
            if (!_own.TryGetValue(key, out other))
                return _own[key] = made;
        }
        made.Dispose();
        return other;
    }

    // Nothing is retried inside the client: the worker retries, on its own clock, and counts it. The SDK counts apart, and
    // repeats up to ten times at once, what it takes for a connection that the server has closed. Nor is a redirect followed: SQS makes none, who does is told.
    internal static AmazonSQSClient Create(string? endpoint, string? region = null)
    {
        var config = new AmazonSQSConfig { MaxErrorRetry = 0, MaxStaleConnectionRetries = 0, AllowAutoRedirect = false };
        if (endpoint is not null)
            (config.ServiceURL, config.AuthenticationRegion) = (endpoint, region ?? config.AuthenticationRegion);
        else if (region is not null)
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        string? url = config.ServiceURL;
        if (url is null || !Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || !Loopback.Is(uri))
            return new AmazonSQSClient(config);
        config.SetWebProxy(new DirectToLoopback());
        // Explicitly, also where it came from the environment: the SDK asks for a region otherwise.
        config.ServiceURL = url;
        // A server on this machine takes any credentials; looking for real ones would ask the network.
        config.AuthenticationRegion ??= "us-east-1";
        return new AmazonSQSClient(new BasicAWSCredentials("local", "local"), config);
    }
}
