using System.Net;

namespace Zanshin.LocalQueue.Server.Http;

/// <summary>
/// The names under which an unsigned server is called. A web page can reach this machine under any name that its owner lets point here, and browsers mark a page's request only
/// where they trust the address: so whoever calls under another name may be a page.
/// </summary>
internal sealed class OwnNames(IReadOnlyCollection<string> more)
{
    /// <param name="host">The Host header, with a port or without. None at all comes from no browser.</param>
    internal bool Has(string? host)
    {
        if (string.IsNullOrEmpty(host)) return true;
        var name = Name(host);
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)) return true;
        // Not the same address written as one of IPv6: no browser trusts that.
        if (IPAddress.TryParse(name, out var address) && (address.Equals(IPAddress.IPv6Loopback) || (address.GetAddressBytes() is [127, _, _, _]))) return true;
        return more.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    internal static string Name(string host)
    {
        if (host.StartsWith('[')) return host.IndexOf(']') is > 0 and var end ? host[1..end] : host;
        var colon = host.IndexOf(':');
        return colon < 0 ? host : host[..colon];
    }
}
