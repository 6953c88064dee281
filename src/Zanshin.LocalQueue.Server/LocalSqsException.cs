namespace Zanshin.LocalQueue.Server;

/// <summary>The server cannot start as it was told to. The message says what is wrong, where, and what to do.</summary>
public sealed class LocalSqsException : Exception
{
    /// <summary>With a message for people.</summary>
    public LocalSqsException(string message)
        : base(message)
    {
    }

    /// <summary>With a message for people, and what caused it.</summary>
    public LocalSqsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
