namespace Zanshin.LocalQueue.Engine;

/// <summary>Changes could not be made safe: the request fails, and its outcome is unknown to the caller.</summary>
internal sealed class JournalException(string message, Exception? inner = null) : Exception(message, inner);
