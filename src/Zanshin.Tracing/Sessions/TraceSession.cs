using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Zanshin.Tracing.Sessions;

/// <summary>
/// An EventPipe session and the task that reads it. Closing it takes it out of the process; should this process be killed, the
/// runtime of the other one closes it when it finds the socket shut.
/// </summary>
internal sealed class TraceSession : IAsyncDisposable
{
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(10);

    private readonly EventPipeSession _session;
    private EventPipeEventSource? _source; // set and used by the reading task; read elsewhere once it has ended
    private bool _closed;

    private TraceSession(EventPipeSession session, Action<TraceEvent> onEvent)
    {
        _session = session;
        // A thread of its own: reading blocks.
        Ended = Task.Factory.StartNew(() => Read(onEvent), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Completes when the stream has ended: closed here, or the process is gone. Faults when what came was no trace.</summary>
    public Task Ended { get; }

    /// <summary>Events that the process could not buffer. Known once the session has ended.</summary>
    public long EventsLost => Ended.IsCompleted ? _source?.EventsLost ?? 0 : 0;

    public static async Task<TraceSession> OpenAsync(
        DiagnosticsClient client, EventPipeSessionConfiguration configuration, Action<TraceEvent> onEvent, CancellationToken cancel) =>
        new(await client.StartEventPipeSessionAsync(configuration, cancel), onEvent);

    /// <summary>Has the process send what it still holds, and takes the session out of it. Bounded: 10 s.</summary>
    public async Task CloseAsync()
    {
        if (_closed)
            return;
        _closed = true;
        using var limit = new CancellationTokenSource(CloseTime, TimeProvider.System);
        try
        {
            await _session.StopAsync(limit.Token);
            await Ended.WaitAsync(limit.Token);
        }
        catch (Exception exception) when (exception is DiagnosticsClientException or IOException or OperationCanceledException)
        {
            // The process is gone, or hangs: shutting the socket, below, ends the session all the same.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _session.Dispose();
        await Ended.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _source?.Dispose();
    }

    private void Read(Action<TraceEvent> onEvent)
    {
        try
        {
            _source = new EventPipeEventSource(_session.EventStream);
            _source.AllEvents += onEvent;
            _source.Process();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or EndOfStreamException)
        {
            // The process has ended, and the stream with it.
        }
    }
}
