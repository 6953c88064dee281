using System.CommandLine;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.SQS;
using DirectToLoopback = Zanshin.Hosting.DirectToLoopback;
using Loopback = Zanshin.Hosting.Loopback;

namespace Zanshin.Cli.Sqs;

/// <summary>
/// Which SQS a command talks to: <c>--endpoint</c>, <c>--region</c>, <c>--profile</c> or <c>--local</c>, else what every AWS SDK
/// finds in the environment and its files. The same for all commands.
/// </summary>
internal sealed record SqsPlace
{
    /// <summary>Where <c>zanshin local</c> listens when nothing else is said.</summary>
    public static readonly Uri LocalEndpoint = new("http://localhost:9324");

    private static readonly Option<Uri?> EndpointOption = new("--endpoint")
    {
        Description = "Any SQS by its URL. Default: AWS_ENDPOINT_URL_SQS, or the region's own.",
        HelpName = "URL",
        CustomParser = Given.Endpoint("--endpoint"),
    };

    private static readonly Option<string?> RegionOption = new("--region") { Description = "The AWS region. Default: AWS_REGION, or the profile's.", HelpName = "REGION" };

    private static readonly Option<string?> ProfileOption = new("--profile") { Description = "The profile in the AWS configuration files. Default: AWS_PROFILE.", HelpName = "NAME" };

    private static readonly Option<bool> LocalOption = new("--local") { Description = $"The local queue at its usual port: --endpoint {LocalEndpoint.OriginalString}." };

    public Uri? Endpoint { get; init; }

    public string? Region { get; init; }

    public string? Profile { get; init; }

    /// <summary>Gives a command the four options. <see cref="Of"/> reads them.</summary>
    public static void AddTo(Command command)
    {
        command.Add(EndpointOption);
        command.Add(RegionOption);
        command.Add(ProfileOption);
        command.Add(LocalOption);
        command.Validators.Add(static given =>
        {
            if (given.GetResult(LocalOption) is { Implicit: false } && given.GetResult(EndpointOption) is { Implicit: false })
                given.AddError("--local stands for an --endpoint: give one of them.");
        });
    }

    public static SqsPlace Of(ParseResult parsed) => new()
    {
        Endpoint = parsed.GetValue(LocalOption) ? LocalEndpoint : parsed.GetValue(EndpointOption),
        Region = parsed.GetValue(RegionOption),
        Profile = parsed.GetValue(ProfileOption),
    };

    /// <summary>A client that retries nothing by itself: <see cref="SqsCalls"/> does. The caller disposes it.</summary>
    /// <param name="queue">The queue it is for, whose URL or ARN may name another place than the options do.</param>
    /// <exception cref="Refusal">No endpoint and no region is known, or there is no such profile.</exception>
    public AmazonSQSClient Client(QueueReference? queue = null)
    {
        try
        {
            var config = new AmazonSQSConfig { MaxErrorRetry = 0, MaxStaleConnectionRetries = 0, AllowAutoRedirect = false };
            if (Profile is not null)
                config.Profile = new Profile(Profile);
            string? region = (Endpoint is null ? queue?.Region ?? Region : Region) ?? ProfilesRegion();
            if (region is not null)
                config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
            if ((Endpoint ?? queue?.Origin) is { } endpoint)
                config.ServiceURL = endpoint.OriginalString;
            return Client(config, region);
        }
        catch (AmazonClientException exception)
        {
            throw new Refusal(
                $"there is no SQS to ask ({SqsTrouble.Reason(exception)}): give --local, --endpoint URL or --region REGION, or set AWS_REGION or AWS_ENDPOINT_URL_SQS.", exception);
        }
        catch (ArgumentException exception)
        {
            throw new Refusal($"there is no SQS to ask: {SqsTrouble.Reason(exception)}.", exception);
        }
    }

    // The SDK takes it for the profile of AWS_PROFILE, and not for one that is set.
    private string? ProfilesRegion() =>
        Profile is not null && new CredentialProfileStoreChain().TryGetProfile(Profile, out CredentialProfile? profile) ? profile.Region?.SystemName : null;

    // As the worker makes its own: a server on this machine takes any credentials, and looking for real ones would ask the network.
    private AmazonSQSClient Client(AmazonSQSConfig config, string? region)
    {
        string? url = config.ServiceURL;
        if (url is null || !Uri.TryCreate(url, UriKind.Absolute, out Uri? uri))
            return new AmazonSQSClient(config);
        // Explicitly, also where it came from the environment: the SDK asks for a region otherwise.
        config.ServiceURL = url;
        if (region is not null)
            config.AuthenticationRegion = region;
        if (!Loopback.Is(uri))
            return new AmazonSQSClient(config);
        config.SetWebProxy(new DirectToLoopback());
        config.AuthenticationRegion ??= "us-east-1";
        return Profile is null ? new AmazonSQSClient(new BasicAWSCredentials("local", "local"), config) : new AmazonSQSClient(config);
    }
}
