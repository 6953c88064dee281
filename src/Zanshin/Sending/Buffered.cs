using System.Diagnostics;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>One message in a buffer. Owned by the buffer's lock, the result by whoever awaits it.</summary>
internal sealed class Buffered(Draft draft, object? body, ActivityContext caller) : TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously), IDeadline
{
    public Draft Draft => draft;

    public object? Body => body;

    /// <summary>What the caller was in the course of.</summary>
    public ActivityContext Caller => caller;

    /// <summary>When it was accepted.</summary>
    public TimeSpan Added { get; set; }

    /// <summary>When it was taken into a batch for the first time: what it waits before that is no trying.</summary>
    public TimeSpan? Tried { get; set; }

    public int Failures { get; set; }

    int IDeadline.Place { get; set; } = -1;

    /// <summary>Set while it waits for room: done when it is accepted.</summary>
    public TaskCompletionSource? Admission { get; set; }

    public void Fail(SendFailedException failure)
    {
        TrySetException(failure);
        // It is logged: nobody has to look at it.
        GC.KeepAlive(Task.Exception);
    }
}
