using System.Globalization;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Cli.Sqs;

/// <summary>
/// Writes a queue's messages to a file: 1. receive, 2. write them and wait for the disk, 3. delete them, if wanted, or keep them
/// invisible so that they do not come again, 4. at the end make visible what is not deleted. A crash before 3 leaves the messages on
/// the queue, and perhaps in the file too; one after it leaves them in the file.
/// </summary>
internal sealed class DumpRun(OpenQueue queue, DumpFile file, long limit, bool delete, CancellationToken stop)
{
    /// <summary>SQS allows 120,000 in flight; a few may be others'.</summary>
    private const int NearlyAllInFlight = 119_000;

    private static readonly TimeSpan Visibility = TimeSpan.FromMinutes(2);

    private readonly List<string> _problems = [];
    private long _written;
    private long _deleted;
    private int _last;

    public long Written => Volatile.Read(ref _written);

    public async Task<DumpReport> RunAsync()
    {
        QueueFacts facts = await queue.FactsAsync(stop);
        var drain = new Drain(queue, limit, Visibility, stop);
        var held = new Held(queue, Visibility);
        QueueFacts? left = null;
        try
        {
            while (await drain.NextAsync() is { Count: > 0 } page)
                await PageAsync(page, held, facts);
            if (drain.Trouble is { } trouble)
                _problems.Add(trouble.Message);
            left = await LeftAsync(held);
        }
        catch (Refusal refusal)
        {
            _problems.Add(refusal.Message);
        }
        bool stopped = stop.IsCancellationRequested || drain.Taken >= limit || _problems.Count > 0;
        if (left is { Visible: > 0 } && !stopped)
            _problems.Add(Remaining(left, held));
        int kept = held.Count;
        (int invisible, TimeSpan longest) = await held.ReleaseAsync();
        if (invisible > 0)
            _problems.Add($"{Counted.Messages(invisible)} could not be made visible again: invisible for {Durations.Text(longest)} at most.");
        if (delete && _written > _deleted)
            _problems.Add($"{Counted.Messages(_written - _deleted)} could not be deleted: in the file, and on the queue still.");
        return new(queue.Name, file.Path, _written, _deleted, delete ? 0 : kept - invisible, _last, left?.InFlight, left?.Delayed, stop.IsCancellationRequested, _problems);
    }

    private async Task PageAsync(IReadOnlyList<SqsMessage> page, Held held, QueueFacts facts)
    {
        // One that is held has come again, because an extension failed: it is in the file.
        SqsMessage[] fresh = [.. page.Where(held.Add)];
        file.Write(fresh);
        Volatile.Write(ref _written, _written + fresh.Length);
        if (!delete)
        {
            _last += fresh.Count(m => Received.IsItsLast(m, facts));
        }
        else
        {
            string?[] failures = await queue.DeleteAsync([.. page.Select(static m => m.ReceiptHandle)]);
            for (int i = 0; i < page.Count; i++)
            {
                if (failures[i] is not null)
                    continue;
                held.Remove(page[i]);
                _deleted++;
            }
        }
        await held.KeepAsync();
    }

    /// <summary>What this run did not get, as the queue's counts say; null where they cannot be read.</summary>
    private async Task<QueueFacts?> LeftAsync(Held held)
    {
        try
        {
            QueueFacts facts = await queue.FactsAsync();
            return facts with { InFlight = Math.Max(0, facts.InFlight - held.Count) };
        }
        catch (Refusal)
        {
            return null;
        }
    }

    private string Remaining(QueueFacts left, Held held) => $"about {Counted.Are(left.Visible)} not in the file" + (
        held.Count >= NearlyAllInFlight ? ": SQS hands out no more than 120,000 before some are deleted. Dump with --delete."
        : queue.Fifo && !delete ? ": a FIFO queue hands out ten of a group, and no more before these are deleted. Dump with --delete."
        : ": SQS did not hand them out, or its counts are late. Run it again.");
}
