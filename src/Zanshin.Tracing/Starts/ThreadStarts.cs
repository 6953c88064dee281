using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Zanshin.Diagnosis.Sites;
using Zanshin.Diagnosis.Watching;
using Zanshin.Tracing.Sessions;
using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing.Starts;

/// <summary>
/// Remembers where the threads of this process are started, from a session with itself: the only means to learn it, and too late once the thread
/// runs. Thread-safe.
/// </summary>
internal sealed class ThreadStarts : ThreadSites
{
    private const int ThreadCreating = 70;
    private const int ThreadRunning = 71;
    private const int BufferMegabytes = 16;

    /// <summary>Older ones are forgotten beyond this.</summary>
    private const int Most = 20_000;

    private static readonly TimeSpan EventTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RundownTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    private static readonly Lazy<Task<ThreadStarts>> s_ofThisProcess = new(OpenAsync);

    private readonly Lock _lock = new(); // guards the three below
    private readonly Dictionary<long, ulong[]> _creating = []; // by the runtime's address of the thread
    private readonly Dictionary<int, ulong[]> _running = [];   // by the system's id
    private readonly Queue<int> _order = [];

    private readonly SemaphoreSlim _symbols = new(1); // one at a time reads them
    private readonly DiagnosticsClient _client = new(Environment.ProcessId);
    private TraceSession? _session; // set once, before anybody has this

    /// <summary>Opened at the first call, within some 0.1 s; lasts as long as the process.</summary>
    /// <exception cref="TraceException">This process has no diagnostic port.</exception>
    public static Task<ThreadStarts> OfThisProcess => s_ofThisProcess.Value;

    public override async Task<List<Frame>?> FramesAsync(int threadId, CancellationToken cancel)
    {
        if (await StackAsync(threadId, cancel) is not { } stack)
            return null;
        await _symbols.WaitAsync(cancel);
        try
        {
            using var symbols = new Symbols(Environment.ProcessId);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            using ITimer timer = TimeProvider.System.CreateTimer(static l => ((CancellationTokenSource)l!).Cancel(), limit, RundownTime, Timeout.InfiniteTimeSpan);
            await Rundown.ReadAsync(_client, symbols.Code, limit.Token);
            return symbols.Resolve(stack);
        }
        catch (Exception exception) when (!cancel.IsCancellationRequested && exception is DiagnosticsClientException or IOException or OperationCanceledException)
        {
            return null;
        }
        finally
        {
            _symbols.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _session!.DisposeAsync();
        _symbols.Dispose();
    }

    /// <summary>Opens one of the caller's own.</summary>
    /// <exception cref="TraceException">This process has no diagnostic port.</exception>
    public static async Task<ThreadStarts> OpenAsync()
    {
        var starts = new ThreadStarts();
        try
        {
            starts._session = await TraceSession.OpenAsync(
                starts._client,
                new EventPipeSessionConfiguration(Providers.ForThreads, BufferMegabytes, rundownKeyword: 0, requestStackwalk: true),
                starts.Read,
                CancellationToken.None);
        }
        catch (Exception exception)
        {
            throw DiagnosticPort.Explain(Environment.ProcessId, exception);
        }
        return starts;
    }

    private void Read(TraceEvent from)
    {
        if (from.ProviderGuid != Providers.Runtime)
            return;
        if ((int)from.ID == ThreadCreating)
        {
            lock (_lock)
                _creating[Payload.Of(from).Int64()] = RawStack.Of(from);
        }
        else if ((int)from.ID == ThreadRunning)
        {
            lock (_lock)
            {
                if (!_creating.Remove(Payload.Of(from).Int64(), out ulong[]? stack))
                    return;
                _running[from.ThreadID] = stack;
                _order.Enqueue(from.ThreadID);
                if (_order.Count > Most)
                    _running.Remove(_order.Dequeue());
            }
        }
    }

    // Events come some tenths of a second late.
    private async Task<ulong[]?> StackAsync(int threadId, CancellationToken cancel)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            lock (_lock)
            {
                if (_running.TryGetValue(threadId, out ulong[]? stack))
                    return stack;
            }
            if (TimeProvider.System.GetElapsedTime(start) > EventTime)
                return null;
            await Task.Delay(Between, TimeProvider.System, cancel);
        }
    }
}
