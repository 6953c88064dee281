using Microsoft.Diagnostics.NETCore.Client;
using Zanshin.Diagnosis.Findings;
using Zanshin.Tracing.Begins;
using Zanshin.Tracing.Findings;
using Zanshin.Tracing.Sessions;
using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing;

/// <summary>
/// One trace. 1. Opens the session. 2. Listens, and looks at threads now and then. 3. Closes it. 4. Looks which threads and timers are there.
/// 5. Asks for the methods' addresses. 6. Groups and judges.
/// </summary>
internal sealed class TraceRun
{
    private const int BufferMegabytes = 64;

    /// <summary>Beyond this many unended timers the live ones are read in between, so that the ledger does not grow.</summary>
    private const int ManyTimers = 20_000;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenTimerLooks = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(10);

    private readonly TraceOptions _options;
    private readonly BeginLedger _ledger;
    private readonly List<string> _notes = [];
    private Func<int, Task<IReadOnlySet<int>>>? _liveTimers;
    private long _start;

    public TraceRun(TraceOptions options)
    {
        _options = options;
        _ledger = new BeginLedger(options.ProcessId, keepChanges: options.Follow is not null);
        _liveTimers = options.LiveTimers;
    }

    private TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    public async Task<TraceReport> RunAsync()
    {
        DiagnosticsClient client = DiagnosticPort.Of(_options.ProcessId);
        using var symbols = new Symbols(_options.ProcessId);
        TraceSession session = await OpenAsync(client);
        await using (session)
        {
            _start = TimeProvider.System.GetTimestamp();
            _options.Listening?.Invoke();
            await ListenAsync(client, session, symbols);
            TimeSpan window = Now;
            await session.CloseAsync();
            await LookAtEndAsync(window);
            await ReadSymbolsAsync(client, symbols);
            TellChanges(symbols);
            return Report(window, session.EventsLost, symbols);
        }
    }

    private async Task<TraceSession> OpenAsync(DiagnosticsClient client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_options.Stop);
        using ITimer timer = TimeProvider.System.CreateTimer(static l => ((CancellationTokenSource)l!).Cancel(), limit, OpenTime, Timeout.InfiniteTimeSpan);
        var events = new BeginEvents(_ledger, _options.MessageSource);
        try
        {
            return await TraceSession.OpenAsync(
                client,
                new EventPipeSessionConfiguration(Providers.ForBegins(_options.MessageSource), BufferMegabytes, rundownKeyword: 0, requestStackwalk: true),
                events.Read,
                limit.Token);
        }
        catch (Exception exception) when (!_options.Stop.IsCancellationRequested)
        {
            throw DiagnosticPort.Explain(_options.ProcessId, exception);
        }
    }

    private async Task ListenAsync(DiagnosticsClient client, TraceSession session, Symbols symbols)
    {
        var follow = new FollowPace();
        TimeSpan lastTimers = TimeSpan.Zero;
        while (Now < _options.Window && !_options.Stop.IsCancellationRequested)
        {
            TimeSpan rest = _options.Window - Now;
            try
            {
                await session.Ended.WaitAsync(rest < Between ? rest : Between, TimeProvider.System, _options.Stop);
                _notes.Add($"process {_options.ProcessId} ended in the course of the trace: what was alive then ended with it.");
                return;
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                // Not yet.
            }
            if (TaskTable.Ids(_options.ProcessId) is { } threads)
                _ledger.Look(threads, Now.TotalMilliseconds, compareStarts: false);
            if (Now - lastTimers > BetweenTimerLooks && (_options.Follow is not null || _ledger.Timers > ManyTimers))
            {
                await LookAtTimersAsync(Now.TotalMilliseconds);
                lastTimers = Now;
            }
            if (_options.Follow is not null && follow.Take(_ledger, symbols, Now))
            {
                await ReadSymbolsAsync(client, symbols);
                follow.Learned(Now);
            }
            follow.Tell(_options, symbols);
        }
        follow.TellAll(_options, symbols);
    }

    private void TellChanges(Symbols symbols)
    {
        if (_options.Follow is null)
            return;
        var last = new FollowPace();
        last.Take(_ledger, symbols, Now);
        last.TellAll(_options, symbols);
    }

    private async Task LookAtEndAsync(TimeSpan window)
    {
        if (!TaskTable.IsHere)
            _notes.Add("this system has no /proc: the ends of threads cannot be seen, so threads are not reported.");
        else if (TaskTable.Ids(_options.ProcessId) is { } threads)
            _ledger.Look(threads, Now.TotalMilliseconds, compareStarts: true);
        await LookAtTimersAsync(window.TotalMilliseconds + Between.TotalMilliseconds);
    }

    private async Task LookAtTimersAsync(double before)
    {
        // A process that has no timer yet has no queues to look for either.
        if (_liveTimers is null || _ledger.Timers == 0)
            return;
        try
        {
            double at = Now.TotalMilliseconds;
            _ledger.Look(await _liveTimers(_options.ProcessId), Math.Min(before, at), at);
        }
        catch (TraceException exception)
        {
            _liveTimers = null;
            _notes.Add($"the ends of timers could not be seen, so timers are not reported: {exception.Message}");
        }
    }

    private async Task ReadSymbolsAsync(DiagnosticsClient client, Symbols symbols)
    {
        using var limit = new CancellationTokenSource(OpenTime, TimeProvider.System);
        try
        {
            await Rundown.ReadAsync(client, symbols.Code, limit.Token);
        }
        catch (Exception exception) when (exception is DiagnosticsClientException or IOException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            if (symbols.Code.Count == 0)
                _notes.Add($"the names of methods could not be read: {DiagnosticPort.Explain(_options.ProcessId, exception).Message}");
        }
    }

    private TraceReport Report(TimeSpan window, long lost, Symbols symbols)
    {
        BeginPicture picture = _ledger.Picture();
        var judge = new Judge(picture, window.TotalMilliseconds, symbols)
        {
            SeesTimers = _liveTimers is not null,
            SeesThreads = TaskTable.IsHere,
        };
        IReadOnlyList<TraceFinding> findings = judge.Findings(id => TaskTable.Name(_options.ProcessId, id));
        if (lost > 0)
            _notes.Add($"{lost} events were lost, because the process sent more than could be read: counts are not exact.");
        if (judge.WithoutLines.Count > 0)
            _notes.Add($"no lines are known for {string.Join(", ", judge.WithoutLines)} (no portable PDB beside it or inside it, or its code is precompiled): methods are named without file and line.");
        return new TraceReport(
            _options.ProcessId,
            window,
            picture.Messages?.Before(window.TotalMilliseconds),
            lost,
            picture.Count(BeginKind.Thread),
            picture.Count(BeginKind.Timer),
            picture.Count(BeginKind.Async, BeginKind.Task),
            findings,
            _notes);
    }
}
