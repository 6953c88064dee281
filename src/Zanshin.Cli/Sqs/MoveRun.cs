using System.Globalization;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Cli.Sqs;

/// <summary>
/// Moves messages from a queue to another: 1. receive, 2. send, 3. delete what SQS says is sent, and only that, 4. at the end make
/// visible what is not deleted. A crash between 2 and 3 leaves a message on both queues, never on none.
/// </summary>
internal sealed class MoveRun(OpenQueue from, OpenQueue to, long limit, CancellationToken stop)
{
    private const int Reasons = 5;
    private static readonly TimeSpan Visibility = TimeSpan.FromMinutes(2);

    private readonly List<string> _problems = [];
    private readonly Dictionary<string, long> _reasons = []; // the first few different ones
    private long _moved;
    private long _failed;
    private long _twice;

    public long Moved => Volatile.Read(ref _moved);

    public async Task<MoveReport> RunAsync()
    {
        var drain = new Drain(from, limit, Visibility, stop);
        var held = new Held(from, Visibility);
        var sender = new BulkSender(to);
        while (sender.Trouble is null && await drain.NextAsync() is { Count: > 0 } page)
            await PageAsync(page, held, sender);
        if (drain.Trouble is { } trouble)
            _problems.Add(trouble.Message);
        if (sender.Trouble is { } sending)
            _problems.Add($"{sending}.");
        foreach ((string reason, long count) in _reasons.Where(r => r.Key != sender.Trouble))
            _problems.Add($"{Counted.Were(count)} not taken by '{to.Name}', and left on '{from.Name}': {reason}.");
        if (_twice > 0)
            _problems.Add($"{Counted.Were(_twice)} sent to '{to.Name}' and could not be deleted from '{from.Name}': on both now.");
        (int invisible, TimeSpan longest) = await held.ReleaseAsync();
        if (invisible > 0)
            _problems.Add($"{Counted.Messages(invisible)} could not be made visible again on '{from.Name}': invisible for {Durations.Text(longest)} at most.");
        return new(from.Name, to.Name, _moved, _failed, _twice, stop.IsCancellationRequested, _problems);
    }

    private async Task PageAsync(IReadOnlyList<SqsMessage> page, Held held, BulkSender sender)
    {
        // One that is held has come again: it was tried, or even sent.
        SqsMessage[] fresh = [.. page.Where(held.Add)];
        Outgoing[] copies = [.. fresh.Select(Copy)];
        await sender.SendAsync(copies);
        SqsMessage[] sent = [.. fresh.Where((_, i) => copies[i].MessageId is not null)];
        string?[] failures = await from.DeleteAsync([.. sent.Select(static m => m.ReceiptHandle)]);
        for (int i = 0; i < sent.Length; i++)
        {
            if (failures[i] is not null)
                _twice++;
            else
                held.Remove(sent[i]);
        }
        Volatile.Write(ref _moved, _moved + sent.Length);
        foreach (Outgoing copy in copies)
        {
            if (copy.Failure is not { } reason)
                continue;
            _failed++;
            if (_reasons.ContainsKey(reason) || _reasons.Count < Reasons)
                _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;
        }
        await held.KeepAsync();
    }

    private Outgoing Copy(SqsMessage message)
    {
        Outgoing copy = Outgoing.CopyOf(message);
        // The message's id, not the id it was deduplicated by: a queue that has seen that one in the last five minutes would
        // confirm the message and drop it. A second run after a crash sends the same id again, and SQS keeps one.
        copy.DeduplicationId = to.Fifo ? message.MessageId : null;
        if (to.Fifo && copy.Group is null)
            copy.Failure = "they have no message group, which a FIFO queue needs";
        return copy;
    }
}
