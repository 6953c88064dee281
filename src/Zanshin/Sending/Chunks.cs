namespace Zanshin.Sending;

/// <summary>Cuts what is to be sent to one queue into batches of up to 10 messages and 1 MiB, in order.</summary>
internal static class Chunks
{
    public static List<List<Draft>> Of(IEnumerable<Draft> drafts)
    {
        List<List<Draft>> chunks = [];
        List<Draft> chunk = [];
        long size = 0;
        foreach (Draft draft in drafts)
        {
            if (chunk.Count > 0 && (chunk.Count == SqsLimits.Batch || size + draft.Size > SqsLimits.PayloadBytes))
            {
                chunks.Add(chunk);
                (chunk, size) = ([], 0);
            }
            chunk.Add(draft);
            size += draft.Size;
        }
        if (chunk.Count > 0)
            chunks.Add(chunk);
        return chunks;
    }
}
