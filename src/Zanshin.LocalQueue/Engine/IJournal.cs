namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// Is told of every change, in order, and says when it is safe. An answer leaves only after
/// <see cref="Committed"/> of everything appended before it.
/// </summary>
internal interface IJournal
{
    /// <summary>The number of the last change appended.</summary>
    long Appended { get; }

    /// <summary>Records a change. Called under the lock of the queue it concerns, so it must be quick and take no queue's lock.</summary>
    void Append(in JournalEntry entry);

    /// <summary>How often changes could not be made safe. To be read before a change is made.</summary>
    long Failures { get; }

    /// <summary>
    /// Completes when every change up to <paramref name="sequence"/> is safe; throws <see cref="JournalException"/> when it could not be made so,
    /// or when something else failed since <paramref name="failures"/> was read: these changes may have been part of it, and a send withdrawn.
    /// </summary>
    ValueTask Committed(long sequence, long failures);
}
