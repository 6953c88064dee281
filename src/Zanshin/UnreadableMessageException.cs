namespace Zanshin;

/// <summary>
/// The message cannot be given to a handler: its body is not what its handler reads, or no handler has its type name.
/// Thrown inside the pipeline, so middleware sees it; the message is rejected.
/// </summary>
public sealed class UnreadableMessageException(string message, Exception? inner = null) : Exception(message, inner);
