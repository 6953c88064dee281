namespace Zanshin;

/// <summary>What became of one message: sent, not sent, or withheld by a send middleware.</summary>
public sealed class SendResult<T>
{
    internal SendResult(T body) => Body = body;

    public T Body { get; }

    /// <summary>The message id that SQS gave it; null when it was not sent.</summary>
    public string? MessageId { get; internal init; }

    /// <summary>Its place in the order of a FIFO queue; null on a standard one.</summary>
    public string? SequenceNumber { get; internal init; }

    /// <summary>Why it could not be sent; null when it was, or when it was withheld.</summary>
    public string? Failure { get; internal init; }

    public bool Sent => MessageId is not null;

    /// <summary>A send middleware did not pass it on: nothing was sent, and nothing failed.</summary>
    public bool Withheld => MessageId is null && Failure is null;
}
