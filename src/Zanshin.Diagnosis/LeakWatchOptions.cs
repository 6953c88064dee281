using Zanshin.Diagnosis.Watching;

namespace Zanshin.Diagnosis;

/// <summary>How a <see cref="LeakWatch"/> looks.</summary>
public sealed class LeakWatchOptions
{
    /// <summary>From one look to the next. 10 ms to 1 minute, default 1 s. A finding takes at least 96 looks with new messages in each.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long what a message started may still take to end when the message is done. 0 to 1 hour, default 5 s.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// From the start of one listening window to the next, in which timers and async work are heard. Threads are seen always. 10 ms to 1 hour,
    /// default 1 minute.
    /// </summary>
    public TimeSpan ListenEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a window is, beside <see cref="Linger"/>: longer while few messages are processed, and while something is suspected. 0 to 1 hour, default 5 s.
    /// </summary>
    public TimeSpan ListenFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often at most a full garbage collection is asked for, in the background, that tells whether messages stay reachable: only where none came by itself,
    /// and the less often the larger the heap is (once for each 256 MB). While they look so, six times as often. 10 ms to 1 day, default 1 minute; infinite: never.
    /// </summary>
    public TimeSpan CollectEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Start sites to overlook: a method (<c>Cache.Refresh</c>, with as much of its namespace and type as tells it), or the beginning of names
    /// (<c>MyApp.Caching.*</c>). One frame of the starter's stack that fits is enough.
    /// </summary>
    public IList<string> IgnoreStartedBy { get; } = [];

    /// <summary>Long-lived tokens whose registrations are counted, by name.</summary>
    internal Dictionary<string, CancellationToken> Tokens { get; } = [];

    /// <summary>Where threads are started can be learnt from a session with the process itself only. Gives null where there can be none.</summary>
    internal Func<CancellationToken, Task<ThreadSites?>>? OpenThreadSites { get; set; }

    /// <summary>What grows on the heap and what holds it, the most telling first.</summary>
    internal Func<CancellationToken, Task<IReadOnlyList<HeldType>>>? ExplainHeap { get; set; }

    /// <summary>Counts the registrations with a token that outlives messages: a linked source that is not disposed stays one. The host's stopping token is watched by itself.</summary>
    /// <param name="name">What findings call it.</param>
    public void WatchToken(string name, CancellationToken token)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Tokens[name] = token;
    }

    /// <exception cref="ArgumentException">A figure is out of its range.</exception>
    internal void Check()
    {
        Within(Every, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1), nameof(Every));
        Within(Linger, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(Linger));
        Within(ListenEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1), nameof(ListenEvery));
        Within(ListenFor, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(ListenFor));
        if (CollectEvery != Timeout.InfiniteTimeSpan)
            Within(CollectEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1), nameof(CollectEvery));
    }

    private static void Within(TimeSpan value, TimeSpan least, TimeSpan most, string name)
    {
        if (value < least || value > most)
            throw new ArgumentException($"The leak watch's {name} is {value}: it must be between {least} and {most}.", name);
    }
}
