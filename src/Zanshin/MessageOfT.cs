namespace Zanshin;

/// <summary>A message with its body read.</summary>
public sealed class Message<T> : Message
{
    internal Message(Message message, T body)
        : base(message) => Body = body;

    public T Body { get; }
}
