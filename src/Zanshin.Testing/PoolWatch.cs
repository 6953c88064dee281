using System.Diagnostics.Tracing;

namespace Zanshin.Testing;

/// <summary>
/// Sees the pump's thread hand work to the thread pool, at the very call. Posts from elsewhere show most hops, but late, and not
/// those that lose a race: a <c>WhenAny</c> that its other task decides before the hop is back.
/// </summary>
/// <remarks>The runtime reports each enqueuing as an event on the enqueuing thread, when event sources are supported (the default).</remarks>
internal sealed class PoolWatch : EventListener
{
    private const string Source = "System.Diagnostics.Eventing.FrameworkEventSource";
    private const EventKeywords ThreadPoolKeyword = (EventKeywords)0x2;
    private const int Enqueued = 30;

    // Once a service has been resolved twice, the container compiles it on the pool. Nobody waits for that, and nothing comes of it but speed.
    private const string Harmless = "Microsoft.Extensions.DependencyInjection.";
    private const string Pool = "System.Threading.ThreadPool";
    private const string Report = "FrameworkEventSource.ThreadPool";

    private static readonly PoolWatch s_watch = Start();

    [ThreadStatic]
    private static Pump? t_watched;

    /// <summary>Watches the calling thread for <paramref name="pump"/>; null ends it.</summary>
    public static void Watch(Pump? pump)
    {
        GC.KeepAlive(s_watch);
        t_watched = pump;
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Source)
            EnableEvents(eventSource, EventLevel.Verbose, ThreadPoolKeyword);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventId == Enqueued && t_watched is { } pump && !IsHarmless(Environment.StackTrace))
            pump.NoteHop();
    }

    /// <summary>
    /// Whether it is the container itself that handed over: the frame under the pool's own, or where those were inlined, under the report's. Which of its methods
    /// is left there depends on what was inlined too.
    /// </summary>
    internal static bool IsHarmless(string stack) =>
        stack.Split('\n')
            .SkipWhile(static frame => !IsPools(frame))
            .FirstOrDefault(static frame => !IsPools(frame))
            ?.TrimStart().StartsWith($"at {Harmless}", StringComparison.Ordinal) == true;

    private static bool IsPools(string frame) => frame.Contains(Pool, StringComparison.Ordinal) || frame.Contains(Report, StringComparison.Ordinal);

    // The pool looks whether it is to report only when a worker picks something up, so one item has to go through.
    private static PoolWatch Start()
    {
        var watch = new PoolWatch();
        using var picked = new ManualResetEventSlim();
        ThreadPool.UnsafeQueueUserWorkItem(static picked => picked.Set(), picked, preferLocal: false);
        picked.Wait();
        return watch;
    }
}
