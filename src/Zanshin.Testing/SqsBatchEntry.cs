namespace Zanshin.Testing;

/// <summary>One entry of a batch call.</summary>
public sealed class SqsBatchEntry
{
    internal SqsBatchEntry(int index, string id) => (Index, Id) = (index, id);

    /// <summary>Its place in the call, from 0.</summary>
    public int Index { get; }

    /// <summary>What the caller called it.</summary>
    public string Id { get; }

    /// <summary>The message's text; null for batches that do not send.</summary>
    public string? Body { get; internal init; }

    /// <summary>The receipt handle of the message to be deleted or changed; null for batches that send.</summary>
    public string? ReceiptHandle { get; internal init; }
}
