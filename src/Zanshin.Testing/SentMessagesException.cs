namespace Zanshin.Testing;

/// <summary>What was sent is not what was expected. The message says what was.</summary>
public sealed class SentMessagesException : Exception
{
    internal SentMessagesException(string message)
        : base(message)
    {
    }
}
