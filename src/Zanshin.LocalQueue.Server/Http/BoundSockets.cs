using System.Net;
using System.Net.Sockets;

namespace Zanshin.LocalQueue.Server.Http;

/// <summary>The listening sockets, bound before anything else is started: a port in use, or an address that is not ours to use, is known at once.</summary>
internal sealed class BoundSockets : IDisposable
{
    private const int Attempts = 20;
    private readonly List<Socket> _sockets;

    private BoundSockets(List<Socket> sockets) => _sockets = sockets;

    internal IEnumerable<IPEndPoint> EndPoints => _sockets.Select(s => (IPEndPoint)s.LocalEndPoint!);

    internal Socket Take(EndPoint endPoint)
    {
        var socket = _sockets.First(s => s.LocalEndPoint!.Equals(endPoint));
        _sockets.Remove(socket);
        return socket;
    }

    internal static BoundSockets Bind(string address, int port, bool mayBeReached)
    {
        if (port is < 0 or > IPEndPoint.MaxPort) throw new LocalSqsException($"{port} is no TCP port: give one from 1 to {IPEndPoint.MaxPort}, or 0 for any that is free.");
        var addresses = Addresses(address, mayBeReached);
        // With any port asked for, the one that IPv4 was given may be taken on IPv6: then another is tried.
        for (var attempt = 1; ; attempt++)
        {
            var sockets = new List<Socket>();
            try
            {
                foreach (var one in addresses) sockets.Add(Listener(new(one, sockets.Count == 0 ? port : ((IPEndPoint)sockets[0].LocalEndPoint!).Port)));
                return new(sockets);
            }
            catch (SocketException e)
            {
                sockets.ForEach(s => s.Dispose());
                if (port == 0 && attempt < Attempts) continue;
                throw new LocalSqsException(
                    e.SocketErrorCode switch
                    {
                        SocketError.AddressAlreadyInUse => $"Port {port} on {address} is already in use: stop what is using it, or choose another port (0 for any that is free).",
                        SocketError.AccessDenied => $"Port {port} on {address} may not be used by this user: choose one above 1023.",
                        _ => $"Cannot listen on {address}, port {port}: {e.Message}.",
                    },
                    e);
            }
        }
    }

    public void Dispose() => _sockets.ForEach(s => s.Dispose());

    private static List<IPAddress> Addresses(string address, bool mayBeReached)
    {
        if (string.Equals(address, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return HasIPv6() ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        }

        if (IPAddress.TryParse(address, out var parsed) && (mayBeReached || IPAddress.IsLoopback(parsed))) return [parsed];
        if (mayBeReached) throw new LocalSqsException($"'{address}' is no IP address: give one of this machine, 0.0.0.0 for all, or localhost.");
        throw new LocalSqsException(
            $"'{address}' is not a loopback address: without credentials the queues are open to whoever can connect, so listen on localhost, 127.0.0.1 or ::1, or require credentials.");
    }

    private static bool HasIPv6()
    {
        if (!Socket.OSSupportsIPv6) return false;
        try
        {
            using var probe = Listener(new(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Socket Listener(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
