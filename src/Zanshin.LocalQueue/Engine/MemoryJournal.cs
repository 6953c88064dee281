namespace Zanshin.LocalQueue.Engine;

/// <summary>Nothing is kept, so everything is as safe as it will ever be.</summary>
internal sealed class MemoryJournal : IJournal
{
    internal static readonly MemoryJournal Instance = new();

    public long Appended => 0;

    public void Append(in JournalEntry entry)
    {
    }

    public ValueTask Committed(long sequence) => ValueTask.CompletedTask;
}
