using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Cli.Sqs;

/// <summary>
/// Messages kept invisible until they are released: SQS allows 120,000 in flight, so that this is what it can hold at most. Used by one loop.
/// </summary>
/// <param name="visibility">With which they were received. Extensions double it, so that many messages need few calls, up to an hour.</param>
internal sealed class Held(OpenQueue queue, TimeSpan visibility)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly Dictionary<string, Kept> _byId = [];
    private readonly PriorityQueue<Kept, DateTimeOffset> _due = new();

    public int Count => _byId.Count;

    private DateTimeOffset Now => queue.Calls.Time.GetUtcNow();

    /// <returns>False: it is held already, and has come again because its visibility had run out. The newer handle is the one that counts.</returns>
    public bool Add(SqsMessage message)
    {
        bool isNew = !_byId.TryGetValue(message.MessageId, out Kept? kept);
        _byId[message.MessageId] = kept ??= new Kept();
        kept.Handle = message.ReceiptHandle;
        kept.Length = visibility;
        if (isNew)
            _due.Enqueue(kept, Now + visibility / 2);
        return isNew;
    }

    /// <summary>It is deleted: no more to be kept.</summary>
    public void Remove(SqsMessage message)
    {
        if (_byId.Remove(message.MessageId, out Kept? kept))
            kept.Gone = true;
    }

    /// <summary>Extends those of which a half of the time is over.</summary>
    public async Task KeepAsync()
    {
        List<Kept> due = [];
        while (_due.TryPeek(out _, out DateTimeOffset at) && at <= Now)
        {
            if (_due.Dequeue() is { Gone: false } kept)
                due.Add(kept);
        }
        // One length for all of a call; the shortest must do.
        foreach (IGrouping<TimeSpan, Kept> some in due.GroupBy(static k => k.Length < Longest / 2 ? k.Length * 2 : Longest))
        {
            DateTimeOffset asked = Now;
            // One that fails becomes visible, and comes again or not: nothing is lost.
            await queue.ChangeVisibilityAsync([.. some.Select(static k => k.Handle)], some.Key);
            foreach (Kept kept in some)
            {
                kept.Length = some.Key;
                _due.Enqueue(kept, asked + some.Key / 2);
            }
        }
    }

    /// <summary>Makes them visible again.</summary>
    /// <returns>Those for which SQS did not confirm it, and how long they may stay invisible.</returns>
    public async Task<(int Count, TimeSpan Longest)> ReleaseAsync()
    {
        Kept[] all = [.. _byId.Values];
        string?[] failures = await queue.ChangeVisibilityAsync([.. all.Select(static k => k.Handle)], TimeSpan.Zero);
        _byId.Clear();
        _due.Clear();
        Kept[] failed = [.. all.Where((_, i) => failures[i] is not null)];
        return (failed.Length, failed.Select(static k => k.Length).DefaultIfEmpty().Max());
    }

    private sealed class Kept
    {
        public string Handle { get; set; } = "";

        public TimeSpan Length { get; set; }

        /// <summary>Still in the order of deadlines, from which nothing can be taken but the first.</summary>
        public bool Gone { get; set; }
    }
}
