namespace Zanshin.LocalQueue.Engine;

/// <summary>Nothing is kept, so everything is as safe as it will ever be.</summary>
internal sealed class MemoryJournal : IJournal
{
    internal static readonly MemoryJournal Instance = new();

    public long Appended => 0;

    public void Append(in JournalEntry entry)
    {
    }

    public long Failures => 0;

    public ValueTask Committed(long sequence, long failures) => ValueTask.CompletedTask;
}
