namespace Zanshin.LocalQueue.Server;

/// <summary>How a <see cref="LocalSqsServer"/> is started. Read once, at start.</summary>
public sealed class LocalSqsServerOptions
{
    /// <summary>
    /// Where to listen: <c>localhost</c> (both 127.0.0.1 and, where there is one, ::1) or an IP address. One that is not loopback only with <see cref="Credentials"/>.
    /// Default: <c>localhost</c>.
    /// </summary>
    public string Address { get; set; } = "localhost";

    /// <summary>TCP port, 0 for any that is free. Default: 9324.</summary>
    public int Port { get; set; } = 9324;

    /// <summary>
    /// What every request must be signed with (AWS Signature Version 4, as all SDKs do); others are refused with status 403. Default: null,
    /// whoever can connect may call, with any credentials or none.
    /// </summary>
    public LocalSqsCredentials? Credentials { get; set; }

    /// <summary>
    /// Names besides <c>localhost</c>, <c>*.localhost</c>, 127.0.0.0/8 and ::1 under which a server without <see cref="Credentials"/> may be called, without a port: a container's, say.
    /// Requests under any other are refused with status 403, because a web page could have sent them. Default: none.
    /// </summary>
    public IReadOnlyCollection<string> HostNames { get; set; } = [];

    /// <summary>The SQLite file that keeps the queues; made when missing. Default: null, everything is in memory and ends with the server.</summary>
    public string? DataFile { get; set; }

    /// <summary>What an acknowledged change survives. Default: <see cref="Durability.Normal"/>.</summary>
    public Durability Durability { get; set; }

    /// <summary>Region, account, clock and the like.</summary>
    public LocalSqsOptions Queues { get; set; } = new();

    /// <summary>Most pages the data file may have: how tests fill the disk.</summary>
    internal int? MaxPageCount { get; set; }
}
