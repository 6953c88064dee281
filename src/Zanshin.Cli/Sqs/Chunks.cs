namespace Zanshin.Cli.Sqs;

/// <summary>Divides messages into what one call takes: ten, and 1 MiB together.</summary>
internal static class Chunks
{
    /// <param name="fifo">
    /// Then no two of a chunk are of one group: an entry of a batch may fail alone, and what came after it in its group would have overtaken it.
    /// The order within each group is kept from chunk to chunk.
    /// </param>
    public static IEnumerable<List<Outgoing>> Of(IReadOnlyList<Outgoing> messages, bool fifo)
    {
        if (!fifo)
            return Cut(messages);
        // The first of every group, then the second of every group, and so on.
        var places = new Dictionary<string, int>();
        var rounds = new List<List<Outgoing>>();
        foreach (Outgoing message in messages)
        {
            string group = message.Group ?? "";
            int place = places[group] = places.GetValueOrDefault(group, -1) + 1;
            if (place == rounds.Count)
                rounds.Add([]);
            rounds[place].Add(message);
        }
        return rounds.SelectMany(Cut);
    }

    private static IEnumerable<List<Outgoing>> Cut(IReadOnlyList<Outgoing> messages)
    {
        List<Outgoing> chunk = [];
        int bytes = 0;
        foreach (Outgoing message in messages)
        {
            if (chunk.Count == OpenQueue.Batch || (chunk.Count > 0 && bytes + message.Bytes > Outgoing.MaxBytes))
            {
                yield return chunk;
                (chunk, bytes) = ([], 0);
            }
            chunk.Add(message);
            bytes += message.Bytes;
        }
        if (chunk.Count > 0)
            yield return chunk;
    }
}
