using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;
using Zanshin.Tracing.Sessions;

namespace Zanshin.Tracing.Watching;

/// <summary>
/// What a .NET process tells of itself while a session is open: messages, timers, async work begun since and still alive, and what full collections
/// leave on the heap. Written by the session's reading thread, read by anybody.
/// </summary>
internal sealed class RuntimeFigures : IAsyncDisposable
{
    private const string Counters = "System.Runtime";
    private const int BufferMegabytes = 64;
    private const long AsyncCausalityOperation = 0x8;
    private const long Collections = 0x1;
    private const int OperationBegin = 14;
    private const int OperationEnd = 15;
    private const int CollectionStart = 1;
    private const int HeapStats = 4;
    private const int FullDepth = 2;
    private const int Generations = 4;

    private readonly Guid _messageSource;
    private readonly Guid _counterSource = Providers.IdOf(Counters);
    private readonly HashSet<int> _alive = []; // the reading thread's
    private bool _isFull; // the same
    private TraceSession? _session;
    private long _messages;
    private long _timers = -1;
    private long _heap = -1;
    private int _tasks;

    private RuntimeFigures(string messageSource) => _messageSource = Providers.IdOf(messageSource);

    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Null until it was told.</summary>
    public long? Timers => Known(Volatile.Read(ref _timers));

    /// <summary>After the last full collection; null until there was one.</summary>
    public long? Heap => Known(Volatile.Read(ref _heap));

    public int Tasks => Volatile.Read(ref _tasks);

    /// <summary>Events that the process could not buffer. Known once it is closed.</summary>
    public long EventsLost => _session!.EventsLost;

    /// <exception cref="TraceException">The process has no diagnostic port that this user can reach.</exception>
    public static async Task<RuntimeFigures> OpenAsync(int processId, string messageSource, TimeSpan every, CancellationToken cancel)
    {
        DiagnosticsClient client = DiagnosticPort.Of(processId);
        var figures = new RuntimeFigures(messageSource);
        EventPipeProvider[] providers =
        [
            new(messageSource, EventLevel.Informational, -1),
            new(Counters, EventLevel.Informational, 0, new Dictionary<string, string> { ["EventCounterIntervalSec"] = every.TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture) }),
            new(TplEtwProviderTraceEventParser.ProviderName, EventLevel.Informational, AsyncCausalityOperation),
            new(ClrTraceEventParser.ProviderName, EventLevel.Informational, Collections),
        ];
        try
        {
            figures._session = await TraceSession.OpenAsync(
                client, new EventPipeSessionConfiguration(providers, BufferMegabytes, rundownKeyword: 0, requestStackwalk: false), figures.Read, cancel);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw DiagnosticPort.Explain(processId, exception);
        }
        return figures;
    }

    public Task CloseAsync() => _session!.CloseAsync();

    public ValueTask DisposeAsync() => _session!.DisposeAsync();

    private void Read(TraceEvent from)
    {
        if (from.ProviderGuid == _messageSource)
        {
            if (from.Opcode == TraceEventOpcode.Stop)
                Interlocked.Increment(ref _messages);
        }
        else if (from.ProviderGuid == Providers.Tasks)
        {
            Operation(from);
        }
        else if (from.ProviderGuid == Providers.Runtime)
        {
            Collection(from);
        }
        else if (from.ProviderGuid == _counterSource)
        {
            Counter(from);
        }
    }

    private void Operation(TraceEvent from)
    {
        bool changed = (int)from.ID switch
        {
            OperationBegin => _alive.Add(Payload.Of(from).Int32()),
            OperationEnd => _alive.Remove(Payload.Of(from).Int32()),
            _ => false,
        };
        if (changed)
            Volatile.Write(ref _tasks, _alive.Count);
    }

    private void Collection(TraceEvent from)
    {
        Payload payload = Payload.Of(from);
        if ((int)from.ID == CollectionStart)
        {
            payload.Int32(); // number
            _isFull = payload.Int32() == FullDepth;
        }
        else if ((int)from.ID == HeapStats && _isFull)
        {
            long size = 0;
            for (int generation = 0; generation < Generations; generation++)
            {
                size += payload.Int64();
                payload.Int64(); // promoted
            }
            Volatile.Write(ref _heap, size);
        }
    }

    // Of a counter that is polled: its name, its name for people, its mean.
    private void Counter(TraceEvent from)
    {
        Payload payload = Payload.Of(from);
        if (payload.Text() != "active-timer-count")
            return;
        payload.Text();
        Volatile.Write(ref _timers, (long)BitConverter.Int64BitsToDouble(payload.Int64()));
    }

    private static long? Known(long figure) => figure < 0 ? null : figure;
}
