using Zanshin.Diagnosis.Processes;

namespace Zanshin.Tracing.Watching;

/// <summary>
/// Looks at a process again and again: its threads, memory and descriptors, and what it tells of itself if it is a .NET process. Against the messages it
/// processes where it marks them, else against time. For one caller.
/// </summary>
internal sealed class ProcessWatch : IAsyncDisposable
{
    private const double HeapStep = 64 * 1024;
    private const double MemoryStep = 256 * 1024;
    private const int LooksForFiles = 2;

    /// <summary>After so long without a message, time counts.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly int _processId;
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly Series _threads = new("threads", "threads");
    private readonly Series _timers = new("timers", "timers");
    private readonly Series _tasks = new("tasks", "async and tasks");
    private readonly Series _heap = new("heap", "heap", isBytes: true, HeapStep);
    private readonly Series _memory = new("resident", "resident", isBytes: true, MemoryStep);
    private readonly Series _files = new("files", "descriptors");
    private readonly List<string> _notes = [];
    private RuntimeFigures? _figures;
    private long _looks;

    private ProcessWatch(int processId) => _processId = processId;

    public string Command { get; private set; } = "";

    /// <summary>From the beginning to the last look.</summary>
    public TimeSpan Elapsed => _threads.Points is [.., var last] ? last.At : TimeSpan.Zero;

    /// <summary>Processed from the beginning to the last look; null where none were marked.</summary>
    public long? Messages { get; private set; }

    /// <summary>Those that could be read.</summary>
    public IEnumerable<Series> All => new[] { _threads, _timers, _tasks, _heap, _memory, _files }.Where(static s => s.Points.Count > 0);

    public bool IsDotNet => _figures is not null;

    /// <summary>What could not be seen, and why.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <exception cref="TraceException">There is no such process.</exception>
    public static async Task<ProcessWatch> OpenAsync(int processId, string messageSource, TimeSpan every, CancellationToken cancel)
    {
        var watch = new ProcessWatch(processId);
        var files = new ProcFiles(processId);
        if (OperatingSystem.IsLinux() ? !files.Exists : !Sessions.DiagnosticPort.Exists(processId))
            throw new TraceException($"there is no process {processId}. 'ps aux' lists them.");
        watch.Command = (files.Read("cmdline") ?? "").Replace('\0', ' ').Trim();
        try
        {
            watch._figures = await RuntimeFigures.OpenAsync(processId, messageSource, every, cancel);
        }
        catch (TraceException exception)
        {
            watch._notes.Add($"threads, memory and descriptors only: {exception.Message}");
        }
        return watch;
    }

    /// <summary>Whether the process is there.</summary>
    public bool Look()
    {
        var files = new ProcFiles(_processId);
        if (files.Read("stat") is not { } text || ThreadStat.Parse(text) is not { State: not ('Z' or 'X') } stat)
        {
            _notes.Add($"process {_processId} has ended.");
            return false;
        }
        Messages = _figures is { Messages: > 0 and var messages } ? messages : null;
        // So far it was against time.
        bool isFirstMessage = Messages is not null && _threads.Points is [.., { Messages: null }];
        foreach (Series series in isFirstMessage ? All : [])
            series.BeginAgain();
        _looks++;
        Add(_threads, stat.Threads);
        if (Resident(files) is { } bytes)
            Add(_memory, bytes);
        if (_looks % LooksForFiles == 1 && files.Names("fd") is { Count: > 0 } descriptors)
            Add(_files, descriptors.Count);
        if (files.Denied.Contains("fd") && _looks == 1)
            _notes.Add("its descriptors may be counted by the same user or root only.");
        if (_figures is not { } figures)
            return true;
        Add(_tasks, figures.Tasks);
        if (figures.Timers is { } timers)
            Add(_timers, timers);
        if (figures.Heap is { } heap)
            Add(_heap, heap);
        return true;
    }

    /// <summary>No more looks: takes the session out of the process.</summary>
    public async Task EndAsync()
    {
        if (_figures is null)
            return;
        await _figures.CloseAsync();
        if (_figures.EventsLost is > 0 and var lost)
            _notes.Add($"{lost} events were lost, because the process sent more than could be read: counts of async work are not exact.");
    }

    /// <summary>Something else that could not be seen.</summary>
    public void Note(string sentence) => _notes.Add(sentence);

    public ValueTask DisposeAsync() => _figures?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Add(Series series, double value)
    {
        TimeSpan at = TimeProvider.System.GetElapsedTime(_start);
        // What is against messages waits for the first, for a while.
        long x = Messages ?? (_figures is null || at > Patience ? (long)at.TotalMilliseconds : 0);
        series.Add(at, Messages, value, x);
    }

    private static long? Resident(ProcFiles files) =>
        files.Read("statm")?.Split(' ') is [_, var pages, ..] && long.TryParse(pages, System.Globalization.CultureInfo.InvariantCulture, out long count) ? count * Environment.SystemPageSize : null;
}
