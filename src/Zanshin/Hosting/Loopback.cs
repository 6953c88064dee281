using System.Net;

namespace Zanshin.Hosting;

/// <summary>Tells servers on this machine from others: 127.0.0.0/8, ::1, <c>localhost</c> and every name under it.</summary>
internal static class Loopback
{
    public static bool Is(Uri uri)
    {
        if (!uri.IsAbsoluteUri)
            return false;
        if (IPAddress.TryParse(uri.DnsSafeHost, out IPAddress? address))
            return IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        string host = uri.DnsSafeHost.TrimEnd('.');
        return uri.IsLoopback || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }
}
