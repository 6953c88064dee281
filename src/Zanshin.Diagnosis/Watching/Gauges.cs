namespace Zanshin.Diagnosis.Watching;

/// <summary>The process's counters against messages processed, most telling first. The watch's loop owns it.</summary>
internal sealed class Gauges(LeakWatchOptions options)
{
    private const int LooksForFiles = 10;
    private const double HeapUnit = 64 * 1024;

    private readonly Counter _threads = new("threads", "threads of the process that no message's course explains");
    private readonly Counter _timers = new("timers", "timers of the process that no message's course explains");
    private readonly Counter _files = new("files", "open file descriptors");
    private readonly Counter _heap = new("heap", "bytes of the heap after full collections", HeapUnit);
    private readonly Dictionary<(string Token, string Type), Counter> _registrations = [];
    private long _look;
    private long _collection = -1;

    /// <summary>The heap's growth is the consequence of any other.</summary>
    public static bool IsConsequence(Counter counter) => counter.Kind == "heap";

    public IEnumerable<Counter> All => _registrations.Values.Append(_threads).Append(_timers).Append(_files).Append(_heap);

    public void Look(long messages)
    {
        _look++;
        _threads.Look(messages, ProcessCounts.Threads());
        _timers.Look(messages, ProcessCounts.Timers());
        if (_look % LooksForFiles == 0 && ProcessCounts.Files() is { } files)
            _files.Look(messages, files);
        if (ProcessCounts.HeapAfterFullCollection() is { Bytes: > 0 } heap && heap.Collection != _collection)
        {
            _collection = heap.Collection;
            _heap.Look(messages, heap.Bytes);
        }
        foreach ((string name, CancellationToken token) in options.Tokens)
            LookAt(messages, name, token);
    }

    private void LookAt(long messages, string name, CancellationToken token)
    {
        if (Registrations.Count(token) is not { } counts)
            return;
        foreach (string type in counts.Keys)
            _registrations.TryAdd((name, type), new Counter("registration", $"{type} registered with {name}"));
        foreach (((string ofToken, string type), Counter counter) in _registrations)
        {
            if (ofToken == name)
                counter.Look(messages, counts.GetValueOrDefault(type));
        }
    }
}
