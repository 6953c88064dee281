namespace Zanshin.Testing;

/// <summary>A handler could not be tested as asked: there is no such handler, or it has not ended in time. Not for what the handler itself throws.</summary>
public sealed class HandlerTestException : Exception
{
    internal HandlerTestException(string message)
        : base(message)
    {
    }
}
