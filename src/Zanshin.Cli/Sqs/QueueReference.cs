using System.Text.RegularExpressions;

namespace Zanshin.Cli.Sqs;

/// <summary>A queue as people name it: by its name, its URL or its ARN.</summary>
/// <param name="Url">Null where it has to be asked for.</param>
/// <param name="Account">The account that owns it; null for one's own.</param>
/// <param name="Region">Named by the URL or the ARN.</param>
/// <param name="Origin">Where the URL leads, if that is not the region's own endpoint: another SQS, a VPC endpoint, FIPS, dual stack.</param>
internal sealed partial record QueueReference(string Name, string? Url = null, string? Account = null, string? Region = null, Uri? Origin = null)
{
    public bool Fifo => Name.EndsWith(".fifo", StringComparison.Ordinal);

    /// <exception cref="Refusal">It is none of the three.</exception>
    public static QueueReference Read(string text)
    {
        QueueReference? read = text.Contains("://", StringComparison.Ordinal) ? OfUrl(text)
            : text.StartsWith("arn:", StringComparison.Ordinal) ? OfArn(text)
            : new(text);
        return read is not null && QueueName().IsMatch(read.Name)
            ? read
            : throw new Refusal($"'{text}' is not a queue: give a name (letters, digits, - and _, at most 80, perhaps with .fifo at its end), a URL or an ARN.");
    }

    // arn:aws:sqs:eu-central-1:123456789012:orders
    private static QueueReference? OfArn(string text) =>
        text.Split(':') is [_, _, "sqs", { Length: > 0 } region, { Length: > 0 } account, var name] ? new(name, null, account, region) : null;

    // https://sqs.eu-central-1.amazonaws.com/123456789012/orders
    private static QueueReference? OfUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https") || url.Query.Length > 0)
            return null;
        string name = url.Segments[^1].Trim('/');
        if (RegionsHost().Match(url.Host) is { Success: true } own)
            return new(name, text, null, own.Groups["region"] is { Success: true } region ? region.Value : "us-east-1");
        return new(name, text, null, OtherHost().Match(url.Host) is { Success: true } other ? other.Groups["region"].Value : null, new Uri(url.GetLeftPart(UriPartial.Authority) + PathBefore(url.AbsolutePath.Trim('/').Split('/'))));
    }

    // As the worker does: a gateway may have its SQS under a path, which stands before the account; LocalStack's /queue/REGION is none.
    private static string PathBefore(string[] path) =>
        path.Length < 3 || path[^2].Length != 12 || !path[^2].All(char.IsAsciiDigit) || path is ["queue", _, _, _] ? "" : $"/{string.Join('/', path[..^2])}";

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,80}\z|^(?=.{1,80}\z)[A-Za-z0-9_-]+\.fifo\z")]
    private static partial Regex QueueName();

    // Also the first ones, queue.amazonaws.com and eu-west-1.queue.amazonaws.com, which mean the same.
    [GeneratedRegex(@"^(?:sqs\.(?<region>[a-z0-9-]+)|(?:(?<region>[a-z0-9-]+)\.)?queue)\.amazonaws\.com(?:\.cn)?\z")]
    private static partial Regex RegionsHost();

    // AWS's too, where a call is signed for the region in the name.
    [GeneratedRegex(@"^sqs-fips\.(?<region>[a-z0-9-]+)\.amazonaws\.com\z|^sqs(?:-fips)?\.(?<region>[a-z0-9-]+)\.api\.(?:aws|amazonwebservices)(?:\.|\z)|\.sqs\.(?<region>[a-z0-9-]+)\.vpce\.amazonaws\.com(?:\.cn)?\z")]
    private static partial Regex OtherHost();
}
