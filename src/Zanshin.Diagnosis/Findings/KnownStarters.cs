using Zanshin.Diagnosis.Sites;

namespace Zanshin.Diagnosis.Findings;

/// <summary>Start sites that are overlooked: what the user named, what lives once for a process, and the test frameworks' own.</summary>
internal sealed class KnownStarters(IReadOnlyList<string> users)
{
    // Made once by whoever comes first, and shared from then on.
    private static readonly string[] s_singletons =
    [
        "System.Net.Http.HttpConnectionPoolManager.*", "System.Net.Http.HttpConnectionPool.*", "System.Net.Sockets.SocketAsyncEngine.*",
        "Microsoft.Extensions.Configuration.*", "Microsoft.Extensions.FileProviders.*", "Microsoft.Extensions.Logging.Console.*",
        "Microsoft.Data.Sqlite.SqliteConnectionFactory.*", "Microsoft.Data.Sqlite.SqliteConnectionPool*",
        "System.IO.FileSystemWatcher.*", "System.Diagnostics.Metrics.*",
    ];

    public bool Has(Start start)
    {
        IReadOnlyList<Frame> all = start.All;
        if (all.FirstOrDefault(static f => f.Origin != Origin.Framework) is { } teller && Origins.IsTestFramework(teller.Module))
            return true;
        return all.Any(frame => Array.Exists(s_singletons, p => Fits(p, frame.Name.ToString())) || users.Any(p => Fits(p, frame.Name.ToString())))
            || users.Any(p => Fits(p, start.What.Split(' ')[^1]));
    }

    private static bool Fits(string pattern, string name) => pattern.EndsWith('*')
        ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : name.EndsWith(pattern, StringComparison.Ordinal) && (name.Length == pattern.Length || name[^(pattern.Length + 1)] == '.');
}
