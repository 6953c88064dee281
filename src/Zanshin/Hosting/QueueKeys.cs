using Microsoft.Extensions.Configuration;

namespace Zanshin.Hosting;

/// <summary>
/// The sections of queues that a configuration names by their key. The separator of configuration keys is a colon, so an ARN or a URL comes
/// as several sections, one inside of the other, and is put together again here.
/// </summary>
internal static class QueueKeys
{
    // arn:aws:sqs:eu-west-1:123456789012:orders
    private const int PartsOfArn = 6;

    /// <summary>What stands in <paramref name="queues"/>, places in a list included, whose name is their number.</summary>
    public static IEnumerable<(string Name, IConfigurationSection Section)> In(IConfigurationSection queues) =>
        queues.GetChildren().SelectMany(static child => Under(child.Key, 1, child));

    private static IEnumerable<(string Name, IConfigurationSection Section)> Under(string name, int parts, IConfigurationSection section)
    {
        // A key that breaks off before it names a queue is given as it is, and complained of by whoever reads it.
        List<IConfigurationSection> children = [.. section.GetChildren()];
        if (!GoesOn(name, parts) || children.Count == 0 || (parts == 1 && !children.TrueForAll(child => IsSecond(name, child.Key))))
            return [(name, section)];
        return children.SelectMany(child => Under($"{name}:{child.Key}", parts + 1, child));
    }

    // A queue may be called arn, or http.
    private static bool IsSecond(string first, string second) => second.StartsWith(Is(first, "arn") ? "aws" : "//", StringComparison.OrdinalIgnoreCase);

    private static bool GoesOn(string name, int parts)
    {
        if (Is(name, "arn"))
            return parts < PartsOfArn;
        if (!Is(name, "http") && !Is(name, "https"))
            return false;
        // Up to the path, which has the queue's name at its end: https, then //host/account/name, or //host and port/account/name.
        return !Uri.TryCreate(name, UriKind.Absolute, out Uri? url) || url.AbsolutePath.Trim('/').Length == 0;
    }

    private static bool Is(string name, string first) =>
        name.StartsWith(first, StringComparison.OrdinalIgnoreCase) && (name.Length == first.Length || name[first.Length] == ':');
}
