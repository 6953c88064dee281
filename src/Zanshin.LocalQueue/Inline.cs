namespace Zanshin.LocalQueue;

/// <summary>Ends a wait so that whoever awaits it goes on here and now: with no synchronization context set, nothing hops to the thread pool.</summary>
internal static class Inline
{
    internal static void Run(Action step)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            step();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
