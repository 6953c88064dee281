using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>The rules all batches share. They are checked before any entry is acted on.</summary>
internal static class BatchEntries
{
    internal static SqsError? Check<T>(List<T> entries, string entryName, Func<T, string?> idOf)
    {
        if (entries.Count == 0) return SqsError.EmptyBatch(entryName);
        if (entries.Count > SqsLimits.BatchEntries) return SqsError.TooManyEntries(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            var id = idOf(entries[i]);
            if (id is null) return SqsError.Missing($"{entryName}.{i + 1}.Id");
            if (id.Length is 0 or > SqsLimits.BatchEntryIdLength || !QueueNames.IsPlain(id)) return SqsError.EntryId();
            // At most ten: comparing all pairs is cheaper than a set.
            for (var j = 0; j < i; j++)
            {
                if (idOf(entries[j]) == id) return SqsError.EntryIdRepeated(id);
            }
        }

        return null;
    }
}
