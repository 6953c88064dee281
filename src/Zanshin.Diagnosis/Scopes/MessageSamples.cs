using System.Collections.Concurrent;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>
/// Whether messages can still be reached when their scopes have ended: of the sampled ones a weak reference is kept. Offered from any thread;
/// the rest is the watch's, one look after the other.
/// </summary>
internal sealed class MessageSamples : IDisposable
{
    /// <summary>No more are taken while so many wait or are reachable.</summary>
    private const int Most = 4096;

    /// <summary>A collection in the background is counted when it begins: only the next one says that it is over.</summary>
    private const int CollectionsToJudge = 2;

    private static readonly Lock s_lock = new(); // guards the writing of s_open
    private static volatile MessageSamples[] s_open = [];

    private readonly LeakScope? _root;
    private readonly ConcurrentQueue<Sampled> _offered = [];
    private readonly List<Sampled> _waiting = [];
    private readonly List<Sampled> _reachable = [];
    private int _taken;
    private int _collections;

    private MessageSamples(LeakScope? root) => _root = root;

    /// <summary>How many have been judged so far.</summary>
    public int Judged { get; private set; }

    /// <summary>How many of them could be reached at the last look.</summary>
    public int Reachable => _reachable.Count;

    /// <summary>Some wait for a full collection.</summary>
    public bool IsWaiting => _waiting.Count > 0;

    /// <summary>Ids of messages that can be reached, of different times.</summary>
    public IEnumerable<string> ReachableIds => _reachable.Where((_, i) => i % Math.Max(1, _reachable.Count / 5) == 0).Select(static s => s.Scope.Id);

    /// <summary>Takes samples of the messages within a scope, of all with null, until it is disposed.</summary>
    public static MessageSamples Open(LeakScope? root)
    {
        var samples = new MessageSamples(root);
        lock (s_lock)
            s_open = [.. s_open, samples];
        return samples;
    }

    public static void Offer(LeakScope scope, object message)
    {
        foreach (MessageSamples samples in s_open)
        {
            if (samples._root is { } root && !scope.IsWithin(root))
                continue;
            if (Interlocked.Increment(ref samples._taken) <= Most)
                samples._offered.Enqueue(new Sampled(scope, new WeakReference(message)));
            else
                Interlocked.Decrement(ref samples._taken);
        }
    }

    /// <summary>Whether a full collection has brought something to judge.</summary>
    public bool Look(TimeSpan linger)
    {
        while (_offered.TryDequeue(out Sampled? offered))
            _waiting.Add(offered);
        int collections = GC.CollectionCount(GC.MaxGeneration);
        foreach (Sampled sample in _waiting.Where(s => s.CollectionsAtEnd is null && s.Scope.EndedFor(linger)))
            sample.CollectionsAtEnd = collections;
        if (collections == _collections)
            return false;
        _collections = collections;
        int judged = Judged;
        _waiting.RemoveAll(sample =>
        {
            if (sample.CollectionsAtEnd is not { } then || collections - then < CollectionsToJudge)
                return false;
            Judged++;
            _reachable.Add(sample);
            return true;
        });
        Interlocked.Add(ref _taken, -_reachable.RemoveAll(static s => !s.Message.IsAlive));
        return Judged > judged;
    }

    public void Dispose()
    {
        lock (s_lock)
            s_open = [.. s_open.Where(s => s != this)];
    }

    private sealed record Sampled(LeakScope Scope, WeakReference Message)
    {
        public int? CollectionsAtEnd { get; set; }
    }
}
