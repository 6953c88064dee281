using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Zanshin.LocalQueue.Actions;

namespace Zanshin.LocalQueue.Server.Http;

/// <summary>
/// The messages that went out last on one connection. A peer that closes with bytes unread, or has closed before they come, answers with a reset, and one that has read them
/// does not: after a reset nobody has the messages, and they are for others at once. On one machine, that is: from elsewhere a reset may come too late to be heard.
/// </summary>
internal sealed class UnreadAnswer
{
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const byte Closed = 7;

    /// <summary>A peer closes in two steps: it says that it sends nothing more, and is gone. Between them its thread may have to wait for a processor.</summary>
    private static readonly TimeSpan LongestClose = TimeSpan.FromSeconds(1);

    private readonly Socket? _socket;
    private ReceiveMessage.Response? _answer;
    private volatile bool _hasEnded;

    private UnreadAnswer(Socket? socket) => _socket = OperatingSystem.IsLinux() ? socket : null;

    private bool HasAnswer => Volatile.Read(ref _answer) is not null;

    /// <summary>Serves a connection under watch. The server hears of its end, upon which it lets go of the socket, when it is known what became of the last answer.</summary>
    internal static async Task WatchAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var answer = new UnreadAnswer(connection.Features.Get<IConnectionSocketFeature>()?.Socket);
        connection.Features.Set(answer);
        connection.Transport = new WatchedTransport(connection.Transport, answer);
        using var heard = new CancellationTokenSource();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = connection.ConnectionClosed.UnsafeRegister(static ended => ((TaskCompletionSource)ended!).TrySetResult(), ended);
        connection.ConnectionClosed = heard.Token;
        var watch = answer.EndAsync(ended.Task, heard);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            ended.TrySetResult();
            await watch.ConfigureAwait(false);
        }
    }

    /// <summary>Another request has come: the last answer was read.</summary>
    internal void IsRead() => Volatile.Write(ref _answer, null);

    /// <summary>An answer is about to be written.</summary>
    internal void Goes(SqsResponse response)
    {
        if (response is not ReceiveMessage.Response { Messages.Length: > 0 } messages) return;
        Interlocked.Exchange(ref _answer, messages);
        // Who had gone before takes nothing; who goes from here on is waited for by EndAsync, which sees the answer.
        if (_hasEnded) GiveBack();
    }

    /// <summary>The answer is written. The kernel knows by now of a peer that had closed before.</summary>
    internal void HasGone(CancellationToken aborted)
    {
        if (HasAnswer && (aborted.IsCancellationRequested || State() == Closed)) GiveBack();
    }

    /// <summary>The caller has ended the connection: waits until it is known whether it has read its last answer.</summary>
    internal async ValueTask DecidedAsync()
    {
        for (var wait = TimeSpan.FromMilliseconds(1); HasAnswer && wait < LongestClose; wait *= 2)
        {
            switch (State())
            {
                case Closed:
                    GiveBack();
                    return;
                case null:
                    return;
            }

            await Task.Delay(wait, TimeProvider.System).ConfigureAwait(false);
        }
    }

    /// <summary>Nobody has read the answer. What is given back twice is given back once.</summary>
    internal void GiveBack() => Interlocked.Exchange(ref _answer, null)?.GiveBack();

    private async Task EndAsync(Task ended, CancellationTokenSource heard)
    {
        await ended.ConfigureAwait(false);
        _hasEnded = true;
        Interlocked.MemoryBarrier();
        await DecidedAsync().ConfigureAwait(false);
        await heard.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>The connection's state as the kernel has it; null where it does not say, or the server has let go of the socket.</summary>
    private byte? State()
    {
        Span<byte> info = stackalloc byte[8];
        try
        {
            // tcp_info begins with the state; where a peer has read everything and closed, it is CLOSE_WAIT.
            return _socket?.GetRawSocketOption(TcpLevel, TcpInfo, info) > 0 ? info[0] : null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
