using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>
/// Hears, on the very thread, when an async method first waits, a task or a timer is started, and when tasks end. One for the process, on while
/// anybody has it open: nothing is heard or allocated when nobody has.
/// </summary>
internal sealed class BeginListener : EventListener
{
    private const string Tasks = "System.Threading.Tasks.TplEventSource";
    private const string Framework = "System.Diagnostics.Eventing.FrameworkEventSource";
    private const EventKeywords AsyncCausalityOperation = (EventKeywords)0x8;
    private const EventKeywords ThreadTransfer = (EventKeywords)0x10;
    private const int OperationBegin = 14;
    private const int OperationEnd = 15;
    private const int ThreadTransferSend = 150;
    private const int TimerTransfer = 1; // kind of a ThreadTransferSend
    private const string Async = "Async: ";
    private const string Task = "Task: ";

    private static readonly Lock s_lock = new(); // guards the two below
    private static BeginListener? s_listener;
    private static int s_open;

    // EventListener's own constructor calls OnEventSourceCreated, before ours.
    private readonly bool _made;

    private BeginListener() => _made = true;

    /// <summary>Whether begins and ends are heard at all: not where event sources are switched off, as they are by default in NativeAOT.</summary>
    public static bool CanHear { get; } = !AppContext.TryGetSwitch("System.Diagnostics.Tracing.EventSource.IsSupported", out bool supported) || supported;

    /// <summary>Listens until what is returned is disposed.</summary>
    public static IDisposable Open()
    {
        lock (s_lock)
        {
            if (s_open++ == 0 && CanHear)
                s_listener = new BeginListener();
        }
        return new Opened();
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Tasks)
            EnableEvents(eventSource, EventLevel.Informational, AsyncCausalityOperation);
        else if (eventSource.Name == Framework)
            EnableEvents(eventSource, EventLevel.Informational, ThreadTransfer);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (!_made || eventData.Payload is not { } payload)
            return;
        switch (eventData.EventId)
        {
            case OperationBegin when Belongs() is { } scope:
                Operation((int)payload[0]!, (string)payload[1]!, scope);
                break;
            case OperationEnd:
                ScopeLedger.Ended((int)payload[0]!);
                break;
            case ThreadTransferSend when (int)payload[1]! == TimerTransfer && Belongs() is { } scope && !ScopeLedger.Knows((int)(long)payload[0]!):
                ScopeLedger.Armed((int)(long)payload[0]!, new Begun(BeginKind.Timer, "", scope, StackOf(scope, "")) { Times = Times((int)payload[4]!, (int)payload[5]!) });
                break;
        }
    }

    // What is started under suppressed flow is said not to be the caller's.
    private static LeakScope? Belongs() => LeakScope.Current is { IsAbandoned: false } scope && !ExecutionContext.IsFlowSuppressed() ? scope : null;

    private static void Operation(int task, string name, LeakScope scope)
    {
        bool isAsync = name.StartsWith(Async, StringComparison.Ordinal);
        string plain = isAsync ? name[Async.Length..] : name.StartsWith(Task, StringComparison.Ordinal) ? name[Task.Length..] : name;
        ScopeLedger.Began(task, new Begun(isAsync ? BeginKind.Async : BeginKind.Task, plain, scope, StackOf(scope, plain)));
    }

    private static StackTrace? StackOf(LeakScope scope, string what) => (scope.Stacks?.Take(what) ?? StackBudget.IsWanted(what)) ? new StackTrace(fNeedFileInfo: true) : null;

    private static string Times(int due, int period) => period > 0
        ? string.Create(CultureInfo.InvariantCulture, $" (due {due:N0} ms, period {period:N0} ms)")
        : string.Create(CultureInfo.InvariantCulture, $" (due {due:N0} ms)");

    private sealed class Opened : IDisposable
    {
        private bool _closed;

        public void Dispose()
        {
            lock (s_lock)
            {
                if (_closed)
                    return;
                _closed = true;
                if (--s_open > 0)
                    return;
                s_listener?.Dispose();
                s_listener = null;
            }
        }
    }
}
