namespace Zanshin.Tracing;

/// <summary>A process cannot be traced. The message is a sentence: what is wrong, and what to do.</summary>
public sealed class TraceException : Exception
{
    public TraceException(string sentence, Exception? cause = null) : base(sentence, cause)
    {
    }
}
