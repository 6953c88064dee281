using Zanshin.LocalQueue;

namespace Zanshin.Testing.Faults;

/// <summary>A delay that goes on, on the thread that ends it: where <c>Task.Delay</c> hops to the pool when it is cancelled, this does not.</summary>
internal static class InlineDelay
{
    public static async ValueTask WaitAsync(TimeProvider time, TimeSpan delay, CancellationToken cancel)
    {
        var ended = new TaskCompletionSource();
        CancellationTokenRegistration registration = cancel.UnsafeRegister(
            static (ended, token) => Inline.Run(() => ((TaskCompletionSource)ended!).TrySetCanceled(token)), ended);
        try
        {
            using ITimer timer = time.CreateTimer(
                static ended => Inline.Run(() => ((TaskCompletionSource)ended!).TrySetResult()), ended, delay, Timeout.InfiniteTimeSpan);
            await ended.Task.ConfigureAwait(false);
        }
        finally
        {
            // Not Dispose: that would wait for a cancellation that is running.
            registration.Unregister();
        }
    }
}
