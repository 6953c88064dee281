using System.Diagnostics;
using System.Diagnostics.Tracing;
using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>Hears one of the runtime's event sources, on the very thread that begins something.</summary>
internal abstract class BeginEvents : EventListener
{
    // EventListener's own constructor calls OnEventSourceCreated, before ours.
    private readonly bool _made;

    protected BeginEvents() => _made = true;

    /// <summary>Whether anything is heard at all: not where event sources are switched off, as they are by default in NativeAOT.</summary>
    public static bool CanHear { get; } = !AppContext.TryGetSwitch("System.Diagnostics.Tracing.EventSource.IsSupported", out bool supported) || supported;

    protected abstract string Source { get; }

    protected abstract EventKeywords Keywords { get; }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Source)
            EnableEvents(eventSource, EventLevel.Informational, Keywords);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (_made && eventData.Payload is { } payload)
            Hear(eventData.EventId, payload);
    }

    protected abstract void Hear(int id, IReadOnlyList<object?> payload);

    /// <summary>The scope that what is begun here belongs to. What is started under suppressed flow is said not to be the caller's.</summary>
    protected static LeakScope? Belongs() => LeakScope.Current is { IsAbandoned: false } scope && !ExecutionContext.IsFlowSuppressed() ? scope : null;

    protected static Begun Begin(BeginKind kind, string operation, LeakScope scope, int due = -1, int period = -1)
    {
        bool withStack = scope.Stacks?.Take(operation) ?? StackBudget.IsWanted(operation);
        return new Begun(kind, operation, scope, withStack ? new StackTrace(fNeedFileInfo: true) : null) { Due = due, Period = period };
    }
}
