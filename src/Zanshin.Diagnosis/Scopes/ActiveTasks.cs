using System.Reflection;
using System.Runtime.CompilerServices;
using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>
/// Which async methods and tasks have begun and not ended, from the list that the runtime keeps for debuggers: at a tenth of what events cost. The runtime
/// keeps it to itself; a self-test at the first use says whether it is where it is expected (.NET 10).
/// </summary>
internal static class ActiveTasks
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly FieldInfo? s_switch = typeof(Task).GetField("s_asyncDebuggingEnabled", Any);
    private static readonly FieldInfo? s_active = typeof(Task).GetField("s_currentActiveTasks", Any);
    private static readonly FieldInfo? s_state = typeof(Task).GetField("m_stateObject", Any);
    private static readonly FieldInfo? s_action = typeof(Task).GetField("m_action", Any);
    private static readonly FieldInfo? s_more = typeof(Task).GetField("m_contingentProperties", Any);
    private static readonly FieldInfo? s_captured = Type.GetType("System.Threading.Tasks.Task+ContingentProperties, System.Private.CoreLib")?.GetField("m_capturedContext", Any);

    private static readonly Lazy<bool> s_canRead = new(Test);

    public static bool CanRead => s_canRead.Value;

    /// <summary>The runtime keeps the list while anybody has this open; unless a debugger has it keep it anyway.</summary>
    public static Shared Listing { get; } = new(static () => CanRead && !(bool)s_switch!.GetValue(null)! ? new Kept() : null);

    /// <summary>Their ids, and what they are. Those that begin meanwhile may be missing.</summary>
    public static KeyValuePair<int, Task>[] All()
    {
        if (s_active?.GetValue(null) is not Dictionary<int, Task> active)
            return [];
        // The list's own lock. Nothing is called in here that begins a task.
        lock (active)
            return [.. active];
    }

    /// <summary>The scope in which it waits, if it is one that a handler can begin; null otherwise.</summary>
    public static Begun? Describe(Task task)
    {
        object? state = s_state!.GetValue(task);
        bool isAsync = task.GetType() is { IsGenericType: true } type && type.Name.StartsWith("AsyncStateMachineBox", StringComparison.Ordinal);
        ExecutionContext? context = (isAsync ? state : s_more!.GetValue(task) is { } more ? s_captured!.GetValue(more) : null) as ExecutionContext;
        if (context is null || ScopeOf(context) is not { IsAbandoned: false } scope)
            return null;
        string operation = isAsync ? task.GetType().GetGenericArguments()[^1].Name : s_action!.GetValue(task) is Delegate action ? action.Method.Name : "";
        return new Begun(isAsync ? BeginKind.Async : BeginKind.Task, operation, scope, stack: null);
    }

    private static LeakScope? ScopeOf(ExecutionContext context)
    {
        var found = new StrongBox<LeakScope?>();
        ExecutionContext.Run(context, static f => ((StrongBox<LeakScope?>)f!).Value = LeakScope.Current, found);
        return found.Value;
    }

    private static bool Test()
    {
        if (s_switch is null || s_active is null || s_state is null || s_action is null || s_more is null || s_captured is null)
            return false;
        try
        {
            bool before = (bool)s_switch.GetValue(null)!;
            using (before ? null : new Kept())
            {
                var never = new TaskCompletionSource();
                Task waiting = WaitAsync(never.Task);
                bool listed = All().Any(t => t.Key == waiting.Id);
                never.SetResult();
                return listed && !All().Any(t => t.Key == waiting.Id);
            }
        }
        catch (Exception exception) when (exception is TargetException or InvalidCastException or FieldAccessException or NullReferenceException)
        {
            return false;
        }
    }

    private static async Task WaitAsync(Task end) => await end;

    private sealed class Kept : IDisposable
    {
        public Kept() => s_switch!.SetValue(null, true);

        public void Dispose()
        {
            s_switch!.SetValue(null, false);
            // What ends from now on is not taken off. One that is just being put on may stay, until the list is kept and cleared again.
            if (s_active!.GetValue(null) is Dictionary<int, Task> active)
            {
                lock (active)
                    active.Clear();
            }
        }
    }
}
