namespace Zanshin;

/// <summary>One message that failed, with what, and what becomes of it. Not to be kept after the call.</summary>
public sealed class Failure
{
    internal Failure(Message message, Exception exception, Outcome outcome) => (Message, Exception, Outcome) = (message, exception, outcome);

    /// <summary>The message, with its queue, attempt and type, and the services of its DI scope.</summary>
    public Message Message { get; }

    /// <summary>
    /// What it failed with. Of an <see cref="UnreadableMessageException"/> the text is safe to log; the exceptions inside of it may quote the body.
    /// </summary>
    public Exception Exception { get; }

    /// <summary>
    /// What becomes of it: a retry with its delay, or a reject with its reason. A retry without a delay is one that SQS makes itself, as the lease
    /// was lost.
    /// </summary>
    public Outcome Outcome { get; }
}
