using System.Diagnostics.Tracing;
using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>Hears when an async method first waits, a task is started, and when they end. Costs each some 2 µs and 500 bytes.</summary>
internal sealed class TaskEvents : BeginEvents
{
    private const int OperationBegin = 14;
    private const int OperationEnd = 15;
    private const string Async = "Async: ";
    private const string Task = "Task: ";

    private TaskEvents()
    {
    }

    public static Shared Listening { get; } = new(static () => CanHear ? new TaskEvents() : null);

    protected override string Source => "System.Threading.Tasks.TplEventSource";

    /// <summary>AsyncCausalityOperation.</summary>
    protected override EventKeywords Keywords => (EventKeywords)0x8;

    protected override void Hear(int id, IReadOnlyList<object?> payload)
    {
        if (id == OperationEnd)
            ScopeLedger.Ended((int)payload[0]!);
        else if (id == OperationBegin && Belongs() is { } scope)
            ScopeLedger.Began((int)payload[0]!, Operation((string)payload[1]!, scope));
    }

    private static Begun Operation(string name, LeakScope scope)
    {
        bool isAsync = name.StartsWith(Async, StringComparison.Ordinal);
        return Begin(isAsync ? BeginKind.Async : BeginKind.Task, isAsync ? name[Async.Length..] : name.StartsWith(Task, StringComparison.Ordinal) ? name[Task.Length..] : name, scope);
    }
}
