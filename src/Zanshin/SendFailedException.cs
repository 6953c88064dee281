namespace Zanshin;

/// <summary>Some messages could not be sent; all others were.</summary>
public sealed class SendFailedException(string message, IReadOnlyList<object?> unsent, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The bodies that were not sent.</summary>
    public IReadOnlyList<object?> Unsent => unsent;
}
