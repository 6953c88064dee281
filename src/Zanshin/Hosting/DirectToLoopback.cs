using System.Net;

namespace Zanshin.Hosting;

/// <summary>
/// The proxies of the environment (<c>HTTP_PROXY</c>, <c>HTTPS_PROXY</c>, <c>ALL_PROXY</c>), but never for a server on this machine: .NET asks the proxy for
/// those too, unless <c>NO_PROXY</c> names them, and a proxy's loopback is another machine.
/// </summary>
internal sealed class DirectToLoopback : IWebProxy
{
    public ICredentials? Credentials
    {
        get => HttpClient.DefaultProxy.Credentials;
        // Those of the environment stand in its variables.
        set { }
    }

    public Uri? GetProxy(Uri destination) => Loopback.Is(destination) ? null : HttpClient.DefaultProxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => Loopback.Is(host) || HttpClient.DefaultProxy.IsBypassed(host);
}
