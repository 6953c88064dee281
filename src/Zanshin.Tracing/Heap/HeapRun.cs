using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Zanshin.Tracing.Sessions;

namespace Zanshin.Tracing.Heap;

/// <summary>Looks at the heap again and again within a while, and counts the messages in between.</summary>
/// <param name="messagesSoFar">Where the process knows it itself: this one.</param>
internal sealed class HeapRun(int processId, TimeSpan window, string messageSource, Func<long>? messagesSoFar = null)
{
    public const int Looks = 5;

    private const int BufferMegabytes = 16;

    private readonly Guid _messageSource = Providers.IdOf(messageSource);
    private long _messages;

    /// <exception cref="TraceException">The process cannot be asked, or has ended.</exception>
    public async Task<HeapComparison> RunAsync(CancellationToken cancel)
    {
        DiagnosticsClient client = DiagnosticPort.Of(processId);
        await using TraceSession? session = messagesSoFar is null ? await OpenAsync(client, cancel) : null;
        List<HeapSnapshot> snapshots = [];
        List<long> messages = [];
        for (int i = 0; i < Looks; i++)
        {
            if (i > 0)
                await Task.Delay(window / (Looks - 1), TimeProvider.System, cancel);
            messages.Add(messagesSoFar?.Invoke() ?? Interlocked.Read(ref _messages));
            snapshots.Add(await HeapLook.TakeAsync(processId, withGraph: i == Looks - 1, cancel));
        }
        bool counted = messages[^1] > messages[0];
        return new HeapComparison(snapshots[0], snapshots[^1], counted ? messages[^1] - messages[0] : null,
            [.. snapshots.Select(static s => s.Pause)], HeapDiff.Find(snapshots, counted ? messages : null));
    }

    private async Task<TraceSession> OpenAsync(DiagnosticsClient client, CancellationToken cancel)
    {
        try
        {
            var provider = new EventPipeProvider(messageSource, EventLevel.Informational, -1);
            return await TraceSession.OpenAsync(client, new EventPipeSessionConfiguration([provider], BufferMegabytes, rundownKeyword: 0, requestStackwalk: false), Read, cancel);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw DiagnosticPort.Explain(processId, exception);
        }
    }

    private void Read(TraceEvent from)
    {
        if (from.ProviderGuid == _messageSource && from.Opcode == TraceEventOpcode.Stop)
            Interlocked.Increment(ref _messages);
    }
}
