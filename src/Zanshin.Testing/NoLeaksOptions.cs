namespace Zanshin.Testing;

/// <summary>What <see cref="NoLeaks"/> waits for and overlooks.</summary>
public sealed class NoLeaksOptions
{
    /// <summary>How long what was started may still take to end when the work is done. Waited in full only before a failure. Default 2 s.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Start sites to overlook: a method (<c>Cache.Refresh</c>, with as much of its namespace and type as tells it), or the beginning of names
    /// (<c>MyApp.Caching.*</c>). One frame of the starter's stack that fits is enough.
    /// </summary>
    public IReadOnlyList<string> IgnoreStartedBy { get; init; } = [];
}
