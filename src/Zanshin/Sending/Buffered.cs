using System.Diagnostics;

namespace Zanshin.Sending;

/// <summary>One message in a buffer. Owned by the buffer's lock, the result by whoever awaits it.</summary>
internal sealed class Buffered(Draft draft, object? body, ActivityContext caller) : TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public Draft Draft => draft;

    public object? Body => body;

    /// <summary>What the caller was in the course of.</summary>
    public ActivityContext Caller => caller;

    /// <summary>When it was accepted.</summary>
    public TimeSpan Added { get; set; }

    public int Failures { get; set; }

    /// <summary>Set while it waits for room: done when it is accepted.</summary>
    public TaskCompletionSource? Admission { get; set; }

    public void Fail(SendFailedException failure)
    {
        TrySetException(failure);
        // It is logged: nobody has to look at it.
        GC.KeepAlive(Task.Exception);
    }
}
