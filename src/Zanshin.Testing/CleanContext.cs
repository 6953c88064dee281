namespace Zanshin.Testing;

/// <summary>The execution context in which no ambient value is set.</summary>
internal static class CleanContext
{
    public static ExecutionContext Value { get; } = Capture();

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
