using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Zanshin.LocalQueue.Server.Http;
using Zanshin.LocalQueue.Server.Storage;

namespace Zanshin.LocalQueue.Server;

/// <summary>
/// An SQS on a socket, by default loopback, that any AWS SDK can talk to; with any credentials, unless some are required. With a data file, everything it has acknowledged survives
/// the end of the process. Thread-safe.
/// </summary>
public sealed class LocalSqsServer : IAsyncDisposable
{
    private const long MostBodyBytes = 256 * 1_048_576;
    private const int MostConnections = 8_192;

    // Less is no line that anybody works over, and holds memory.
    private static readonly MinDataRate SlowestBody = new(bytesPerSecond: 4_096, gracePeriod: TimeSpan.FromSeconds(10));
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    private readonly LocalSqs _sqs;
    private readonly SqliteJournal? _journal;
    private readonly KestrelServer _kestrel;
    private bool _disposed;

    private LocalSqsServer(LocalSqs sqs, SqliteJournal? journal, KestrelServer kestrel, Uri endpoint, IReadOnlyList<string> warnings)
    {
        _sqs = sqs;
        _journal = journal;
        _kestrel = kestrel;
        Endpoint = endpoint;
        Warnings = warnings;
    }

    /// <summary>What SDKs take as their service URL, with the port that was chosen.</summary>
    public Uri Endpoint { get; }

    /// <summary>What its users should know of the data file: messages in it that are damaged, which are kept apart and not delivered. A sentence each; mostly there are none.</summary>
    public IReadOnlyList<string> Warnings { get; }

    internal LocalSqs Sqs => _sqs;

    /// <summary>Starts a server; it answers when the task completes.</summary>
    /// <exception cref="LocalSqsException">The port is in use, the address is not loopback and no credentials are required, or the data file cannot be used. The message says which and what to do.</exception>
    public static async Task<LocalSqsServer> StartAsync(LocalSqsServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var sockets = BoundSockets.Bind(options.Address, options.Port, mayBeReached: options.Credentials is not null);
        var endPoints = sockets.EndPoints.ToArray();
        var endpoint = Address(endPoints);
        var (sqs, journal, warnings) = Open(options);
        var kestrel = Kestrel(sockets, endPoints);
        try
        {
            await kestrel.StartAsync(new SqsApplication(sqs, endpoint.ToString().TrimEnd('/'), durable: journal is not null, Signature(options), new([.. options.HostNames]), new(MostBodyBytes)), cancellationToken);
            return new(sqs, journal, kestrel, endpoint, warnings);
        }
        catch
        {
            kestrel.Dispose();
            sqs.Dispose();
            if (journal is not null) await journal.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Stops: 1. open long polls are answered, empty, 2. calls under way are finished and connections closed, 3. everything is written
    /// and the data file closed. Leaves no thread and no timer behind.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        _sqs.Dispose();
        using (var limit = new CancellationTokenSource(StopWithin, TimeProvider.System)) await _kestrel.StopAsync(limit.Token);
        _kestrel.Dispose();
        if (_journal is not null) await _journal.DisposeAsync();
    }

    private static (LocalSqs, SqliteJournal?, IReadOnlyList<string>) Open(LocalSqsServerOptions options)
    {
        if (options.DataFile is null) return (new(options.Queues), null, []);
        var path = Path.GetFullPath(options.DataFile);
        var connection = DataFile.Open(path, options.Durability, options.MaxPageCount);
        DataFileWatch? watch = null;
        try
        {
            var epoch = SqliteLoader.NextEpoch(connection.Handle!);
            var leftovers = new Leftovers();
            watch = new DataFileWatch(path);
            var journal = new SqliteJournal(connection, path, leftovers, watch);
            var wasAt = SqliteLoader.LastInstant(connection.Handle!);
            var sqs = new LocalSqs(options.Queues, journal, epoch, wasAt);
            var warnings = SqliteLoader.Load(connection.Handle!, sqs.Engine, wasAt, leftovers);
            journal.Start(() => sqs.Engine.Now);
            return (sqs, journal, warnings);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            watch?.Dispose();
            throw DataFile.Refusal(path, e);
        }
        catch (LocalSqsException)
        {
            connection.Dispose();
            watch?.Dispose();
            throw;
        }
        catch (Exception e)
        {
            connection.Dispose();
            watch?.Dispose();
            throw new LocalSqsException($"The data file '{path}' is damaged ({e.Message.TrimEnd('.')}): restore it from a copy, or delete it to start empty.", e);
        }
    }

    private static Uri Address(IPEndPoint[] endPoints)
    {
        var (one, port) = (endPoints[0].Address, endPoints[0].Port);
        // "All addresses" is none that a client could connect to.
        var isLocalhost = endPoints.Length > 1 || one.Equals(IPAddress.Any) || one.Equals(IPAddress.IPv6Any);
        return new UriBuilder("http", isLocalhost ? "localhost" : one.ToString(), port).Uri;
    }

    private static SignatureV4? Signature(LocalSqsServerOptions options) =>
        options.Credentials is null ? null : new(options.Credentials, options.Queues.TimeProvider);

    private static KestrelServer Kestrel(BoundSockets sockets, IPEndPoint[] endPoints)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        // JSON escapes (\u0022) make a message of 1 MiB up to six times as long on the wire; what is beyond that is refused before it is read.
        options.Limits.MaxRequestBodySize = SqsApplication.LongestBody;
        options.Limits.MinRequestBodyDataRate = SlowestBody;
        options.Limits.MaxConcurrentConnections = MostConnections;
        foreach (var endPoint in endPoints) options.Listen(endPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => UnreadAnswer.WatchAsync(connection, next));
        });
        var transport = new SocketTransportOptions
        {
            CreateBoundListenSocket = sockets.Take,
            // A call never blocks: it takes a lock for microseconds, and waits for its commit asynchronously. So it runs where it was read.
            UnsafePreferInlineScheduling = true,
        };
        return new(
            Options.Create(options),
            new SocketTransportFactory(Options.Create(transport), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
    }
}
