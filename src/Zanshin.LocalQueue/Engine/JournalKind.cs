namespace Zanshin.LocalQueue.Engine;

/// <summary>What a <see cref="JournalEntry"/> tells.</summary>
internal enum JournalKind : byte
{
    /// <summary>A message was sent, or moved here from another queue (then <c>Key</c> is its key there, else 0).</summary>
    Put,

    /// <summary>Receive number, counts or visibility of <c>Key</c> changed.</summary>
    Lease,

    /// <summary>The message <c>Key</c> is gone.</summary>
    Delete,

    /// <summary>Queue created, or its attributes set.</summary>
    Queue,

    /// <summary>Queue deleted with all it held.</summary>
    QueueDeleted,

    /// <summary>All messages of the queue up to <c>Key</c> are gone.</summary>
    Purge,

    /// <summary>A deduplication id is remembered.</summary>
    Deduplication,

    /// <summary>A receive attempt id is remembered.</summary>
    Attempt,

    /// <summary>A message move task began, or has got on.</summary>
    Move,
}
