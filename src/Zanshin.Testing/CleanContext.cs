using Zanshin.Diagnosis;

namespace Zanshin.Testing;

/// <summary>The execution context in which no ambient value is set.</summary>
internal static class CleanContext
{
    public static ExecutionContext Value { get; } = Capture();

    /// <summary>One in which nothing is set but the leak scope.</summary>
    public static ExecutionContext Of(LeakScope scope)
    {
        ExecutionContext? with = null;
        ExecutionContext.Run(Value, Enter, null);
        return with!;

        void Enter(object? state)
        {
            scope.Enter();
            with = ExecutionContext.Capture();
        }
    }

    // The runtime hands its default context out only where nothing flows: on a thread started without the starter's context.
    private static ExecutionContext Capture()
    {
        ExecutionContext? clean = null;
        var thread = new Thread(() => clean = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return clean!;
    }
}
