namespace Zanshin.Cli.Work;

/// <summary>Something outside of this process that every message is handed to as it stands. Thread-safe.</summary>
internal abstract class Target : HandlerSource
{
    public sealed override void Handle(QueueBuilder queue) => queue.Handle(Body.Text, (message, _, cancel) => HandleAsync(message, cancel));

    /// <exception cref="NotDoneException">It did not work out: a retry on the queue's schedule.</exception>
    public abstract ValueTask<Outcome> HandleAsync(Message<string> message, CancellationToken cancel);

    /// <summary>What a cancelled run ends with: the worker gives the message back, or retries it after a time limit.</summary>
    protected static Exception Cancelled(Message message) => message.Cancelled == CancelReason.TimeLimit
        ? new NotDoneException("it took longer than the time limit")
        : new OperationCanceledException();
}
