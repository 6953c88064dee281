using System.Net;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>Finds the region that a call is signed for: in the scope of its signature, <c>KEY/20261201/eu-west-3/sqs/aws4_request</c>.</summary>
internal static class SignedFor
{
    private const int LongestRegion = 64;
    private const string Credential = "Credential=";
    private const string InAddress = "X-Amz-Credential=";

    /// <summary>Null where the call is not signed, or names no region.</summary>
    internal static string? Region(in CallHead call)
    {
        if (After(call.Authorization, Credential, ',') is { } scope) return InScope(scope);
        return After(call.Query, InAddress, '&') is { } encoded ? InScope(WebUtility.UrlDecode(encoded)) : null;
    }

    private static string? After(string? text, string name, char end)
    {
        var at = text?.IndexOf(name, StringComparison.OrdinalIgnoreCase) ?? -1;
        if (at < 0) return null;
        var rest = text!.AsSpan(at + name.Length);
        var stop = rest.IndexOf(end);
        return (stop < 0 ? rest : rest[..stop]).Trim().ToString();
    }

    private static string? InScope(string scope)
    {
        // From the end, as a key may have slashes.
        var parts = scope.Split('/');
        return parts is [.., _, var region, _, "aws4_request"] && region.Length is > 0 and <= LongestRegion && region.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-') ? region.ToLowerInvariant() : null;
    }
}
