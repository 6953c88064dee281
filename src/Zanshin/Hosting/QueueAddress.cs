namespace Zanshin.Hosting;

/// <summary>What a queue was called in the setup: its name, its URL or its ARN, and what can be read off them.</summary>
/// <param name="Given">As it was written.</param>
/// <param name="Region">Null where the default region, or a custom endpoint, is meant.</param>
/// <param name="Account">Its owner; null for the account of the credentials.</param>
/// <param name="Url">Null for a name or an ARN.</param>
/// <param name="Endpoint">The server of a URL that is not a region's own: another SQS, a VPC endpoint, FIPS, dual stack; with the path that stands before the account.</param>
internal sealed record QueueAddress(string Given, string Name, string? Region, string? Account, string? Url, string? Endpoint)
{
    private static readonly string[] s_partitions = ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

    public bool IsName => Url is null && Region is null;

    /// <exception cref="ZanshinConfigurationException">It is a malformed ARN or URL.</exception>
    public static QueueAddress Parse(string given) =>
        given.Contains("://", StringComparison.Ordinal) ? OfUrl(given)
        : given.StartsWith("arn:", StringComparison.Ordinal) ? OfArn(given)
        : new QueueAddress(given, given, null, null, null, null);

    // arn:aws:sqs:eu-west-1:123456789012:orders
    private static QueueAddress OfArn(string arn)
    {
        string[] parts = arn.Split(':');
        if (parts is not ["arn", var partition, "sqs", { Length: > 0 } region, var account, { Length: > 0 } name]
            || !s_partitions.Contains(partition) || !IsAccount(account) || !IsRegion(region))
            throw new ZanshinConfigurationException([$"'{arn}' is not the ARN of a queue: it must be like arn:aws:sqs:eu-west-1:123456789012:orders, where aws may also be aws-cn or aws-us-gov."]);
        if (PartitionOf(region) is { } own && own != partition)
            throw new ZanshinConfigurationException([$"'{arn}' is not the ARN of a queue: {region} is a region of the partition {own}, not of {partition}."]);
        return new QueueAddress(arn, name, region, account, null, null);
    }

    private static QueueAddress OfUrl(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https")
            || uri.AbsolutePath.Trim('/').Split('/') is not [.., { Length: > 0 } name])
            throw new ZanshinConfigurationException([$"'{url}' is not the URL of a queue: it must be like https://sqs.eu-west-1.amazonaws.com/123456789012/orders."]);
        string[] path = uri.AbsolutePath.Trim('/').Split('/');
        (string? region, bool regional) = RegionOf(uri.Host);
        if (region is not null && (path.Length != 2 || !IsAccount(path[0])))
            throw new ZanshinConfigurationException([$"'{url}' is not the URL of a queue: after the host it must have the account, 12 digits, and the queue's name."]);
        return new QueueAddress(url, name, region, path.Length > 1 && IsAccount(path[^2]) ? path[^2] : null, url, regional ? null : uri.GetLeftPart(UriPartial.Authority) + PathBefore(path));
    }

    // A gateway may have its SQS under a path, and calls are made there. Where no account tells the path from the queue, it may belong to the queue
    // (/queue/orders); and LocalStack's /queue/REGION is no path that calls are made to.
    private static string PathBefore(string[] path) =>
        path.Length < 3 || !IsAccount(path[^2]) || path is ["queue", _, _, _] ? "" : $"/{string.Join('/', path[..^2])}";

    // The region's own endpoint, or the first ones (eu-west-1.queue.amazonaws.com, queue.amazonaws.com), which mean the same; of others, where a call is signed for.
    private static (string? Region, bool Regional) RegionOf(string host) => host.ToLowerInvariant().Split('.') switch
    {
        ["sqs", var region, "amazonaws", "com"] => (region, true),
        ["sqs", var region, "amazonaws", "com", "cn"] => (region, true),
        [var region, "queue", "amazonaws", "com"] => (region, true),
        [var region, "queue", "amazonaws", "com", "cn"] => (region, true),
        ["queue", "amazonaws", "com"] => ("us-east-1", true),
        ["sqs-fips", var region, "amazonaws", "com"] => (region, false),
        ["sqs" or "sqs-fips", var region, "api", "aws" or "amazonwebservices", ..] => (region, false),
        [.., "sqs", var region, "vpce", "amazonaws", "com"] => (region, false),
        [.., "sqs", var region, "vpce", "amazonaws", "com", "cn"] => (region, false),
        _ => (null, false),
    };

    // What is known of the SDK's regions; a region that is newer than the SDK may be of any.
    private static string? PartitionOf(string region) =>
        Amazon.RegionEndpoint.EnumerableAllRegions.FirstOrDefault(r => r.SystemName == region)?.PartitionName;

    private static bool IsRegion(string region) => region.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static bool IsAccount(string account) => account.Length == 12 && account.All(char.IsAsciiDigit);
}
