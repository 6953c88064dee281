namespace Zanshin.Testing;

/// <summary>A message as SQS was given it, with its body read again.</summary>
public sealed class SentMessage<T> : SentMessage
{
    internal SentMessage(SentMessage message, T body)
        : base(message) => Body = body;

    public T Body { get; }
}
