using System.Diagnostics;
using System.Globalization;
using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Sites;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>Something that was begun in a scope. Written once, before it is published; the thread's id by the thread itself.</summary>
/// <param name="operation">The task's or the async method's name; empty for threads and timers.</param>
/// <param name="stack">The starter's, where it was recorded.</param>
internal sealed class Begun(BeginKind kind, string operation, LeakScope scope, StackTrace? stack)
{
    /// <summary>The operation of a thread that the runtime began for a long-running task, and named so.</summary>
    public const string LongRunningTask = "named .NET Long Running Task";

    private Start? _start;

    public BeginKind Kind => kind;

    public string Operation => operation;

    public LeakScope Scope => scope;

    public bool HasStack => stack is not null;

    /// <summary>Of a timer, in milliseconds; negative where it is not known.</summary>
    public int Due { get; init; } = -1;

    /// <summary>The same; 0 or less: once.</summary>
    public int Period { get; init; } = -1;

    /// <summary>Of a timer: when it is due, in words, after a space.</summary>
    public string Times => Due < 0 ? "" : Period > 0
        ? string.Create(CultureInfo.InvariantCulture, $" (due {Due:N0} ms, period {Period:N0} ms)")
        : string.Create(CultureInfo.InvariantCulture, $" (due {Due:N0} ms)");

    /// <summary>Of a thread.</summary>
    public Thread? Thread { get; init; }

    /// <summary>The system's id of a thread; 0 where it is not known.</summary>
    public int ThreadId { get; init; }

    /// <summary>Timers of a virtual clock: whether it is still armed.</summary>
    public Func<bool>? IsArmed { get; init; }

    /// <summary>The start site by name. Resolved at the first call.</summary>
    public Start Start => _start ??= StackFrames.Name(kind, operation, stack);

    /// <summary>It was begun where another was.</summary>
    public void StartedAs(Start start) => _start = start;

    /// <summary>A thread's start site comes from elsewhere.</summary>
    public void StartedAt(List<Frame> frames) => _start = Start.Of(kind, operation, frames, StackFrames.AnyLines);

    /// <summary>The same, where the thread stands for the long-running task that it is of: the task's site, so that found either way it is one.</summary>
    public void TaskStartedAt(List<Frame> frames) => _start = Start.Of(BeginKind.Task, "long-running", frames, StackFrames.AnyLines);
}
