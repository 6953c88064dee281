namespace Zanshin.LocalQueue.Engine;

/// <summary>What a send is answered; a repeated deduplication id is answered with the first send's.</summary>
internal readonly record struct SentMessage(Guid MessageId, long Key);
