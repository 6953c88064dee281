namespace Zanshin.LocalQueue.Engine;

/// <summary>A send that later sends with the same deduplication id repeat. Outlives its message.</summary>
/// <param name="Id">The deduplication id, with the group in front where the scope is the group.</param>
/// <param name="Key">The first message's key, from which its sequence number is made.</param>
/// <param name="MessageId">The first message's id.</param>
/// <param name="Until">UTC ticks at which it is forgotten.</param>
internal sealed record SentEntry(string Id, long Key, Guid MessageId, long Until);
