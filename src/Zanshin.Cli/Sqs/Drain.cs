using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Cli.Sqs;

/// <summary>
/// Receives until a queue is empty: by long polls, which ask all of SQS's servers, and not before several in a row were empty.
/// More receives at once while they come back full. Used by one loop.
/// </summary>
/// <param name="limit">At most so many messages.</param>
/// <param name="stop">Seen between the receives: one that is under way is never abandoned.</param>
internal sealed class Drain(OpenQueue queue, long limit, TimeSpan visibility, CancellationToken stop)
{
    private const int EmptyAtLeast = 2;
    private const int EmptyAtMost = 5;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    private int _atOnce = 1;
    private int _empty;

    /// <summary>So many messages were received.</summary>
    public long Taken { get; private set; }

    /// <summary>What ended it before the queue was empty.</summary>
    public Refusal? Trouble { get; private set; }

    /// <summary>The next messages, at most 80. None: the queue is empty, the limit is reached, it was stopped, or there was <see cref="Trouble"/>.</summary>
    public async Task<IReadOnlyList<SqsMessage>> NextAsync()
    {
        while (!stop.IsCancellationRequested && Taken < limit && Trouble is null)
        {
            List<SqsMessage> page = await RoundAsync();
            Taken += page.Count;
            _empty = page.Count > 0 ? 0 : _empty + 1;
            if (page.Count > 0)
                return page;
            // The counts are estimates, and of a FIFO queue hold what stands behind messages in flight: they alone end nothing, and delay not for ever.
            if (Trouble is null && (_empty >= EmptyAtMost || (_empty >= EmptyAtLeast && await SaysEmptyAsync())))
                break;
        }
        return [];
    }

    private async Task<bool> SaysEmptyAsync()
    {
        try
        {
            return (await queue.FactsAsync()).Visible == 0;
        }
        catch (Refusal)
        {
            // Who may receive may not always read the counts.
            return false;
        }
    }

    private async Task<List<SqsMessage>> RoundAsync()
    {
        long left = limit - Taken;
        int most = queue.Fifo ? 1 : (int)Math.Min(_atOnce, (left - 1) / OpenQueue.Batch + 1);
        Task<List<SqsMessage>>[] receives =
            [.. Enumerable.Range(0, most).Select(i => queue.ReceiveAsync((int)Math.Min(OpenQueue.Batch, left - (long)i * OpenQueue.Batch), Wait, visibility))];
        List<SqsMessage> page = [];
        bool full = true;
        foreach (Task<List<SqsMessage>> receive in receives)
        {
            try
            {
                List<SqsMessage> some = await receive;
                full &= some.Count == OpenQueue.Batch;
                page.AddRange(some);
            }
            catch (Refusal refusal)
            {
                // What the others have brought is in flight, and must be seen to first.
                Trouble = refusal;
            }
        }
        _atOnce = full ? Math.Min(2 * _atOnce, OpenQueue.AtOnce) : 1;
        return page;
    }
}
