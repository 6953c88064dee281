using System.Diagnostics;

namespace Zanshin.Sending;

/// <summary>One message in a buffer. Owned by the buffer's lock, the result by whoever awaits it.</summary>
internal sealed class Buffered(Sendable message, object? body, ActivityContext caller) : Queued(message)
{
    private readonly TaskCompletionSource<string?> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public object? Body => body;

    /// <summary>What the caller was in the course of.</summary>
    public ActivityContext Caller => caller;

    /// <summary>When it was accepted.</summary>
    public TimeSpan Added { get; set; }

    /// <summary>Set while it waits for room: done when it is accepted.</summary>
    public TaskCompletionSource? Admission { get; set; }

    /// <summary>Done when SQS has it.</summary>
    public Task<string?> Result => _result.Task;

    public void Sent(string? id) => _result.TrySetResult(id);

    public void Fail(SendFailedException failure)
    {
        _result.TrySetException(failure);
        // It is logged: nobody has to look at it.
        GC.KeepAlive(_result.Task.Exception);
    }
}
