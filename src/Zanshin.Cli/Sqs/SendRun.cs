using System.Globalization;

namespace Zanshin.Cli.Sqs;

/// <summary>
/// Sends messages line by line: 1. read a page, 2. fit it to the queue, 3. send it, 4. hand on the lines that were not sent.
/// When it is stopped or nothing more can be sent, what is left of the source is handed on unsent.
/// </summary>
/// <param name="unsent">Gets each line that was not sent, in their order in a page; null: nobody keeps them.</param>
internal sealed class SendRun(OpenQueue queue, MessageSource source, SendDefaults defaults, Action<string>? unsent, CancellationToken stop)
{
    private const int PageMessages = 100;
    private const int PageBytes = 8 * Outgoing.MaxBytes;
    private const int Named = 20;

    private readonly List<string> _problems = [];
    private readonly BulkSender _sender = new(queue);
    private readonly HashSet<string> _given = []; // of a FIFO queue: the ids of the messages of this run
    private long _sent;
    private long _failed;
    private long _known;

    public long Sent => Volatile.Read(ref _sent);

    public long Failed => _failed;

    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The last message that was sent.</summary>
    public string? LastId { get; private set; }

    public async Task<bool> RunAsync()
    {
        List<(TextLine Line, Outgoing Message)> page = [];
        int bytes = 0;
        // Stdin is waited for no longer than until Ctrl+C; a file is read to its end then too, so that what is not sent is written down.
        CancellationToken reading = unsent is null ? stop : CancellationToken.None;
        try
        {
            await foreach ((TextLine line, Outgoing message) in source.ReadAsync(reading))
            {
                defaults.Fit(message, queue);
                page.Add((line, message));
                bytes += message.Bytes;
                if (page.Count >= PageMessages || bytes >= PageBytes)
                    bytes = await PageAsync(page);
                if (unsent is null && _sender.Trouble is not null)
                    break;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Sends what was read.
        }
        catch (Refusal refusal)
        {
            _problems.Add(refusal.Message);
        }
        await PageAsync(page);
        if (_sender.Trouble is { } trouble)
            _problems.Insert(0, $"{trouble}.");
        if (_failed > Named)
            _problems.Add(string.Create(CultureInfo.InvariantCulture, $"and {_failed - Named:N0} messages more were not sent."));
        if (_known > 0)
        {
            _problems.Add(unsent is null ? "SQS takes a deduplication id once in five minutes: give each message its own."
                : "SQS keeps deduplication ids for five minutes: wait so long, or give --new-ids.");
        }
        return true;
    }

    private async Task<int> PageAsync(List<(TextLine Line, Outgoing Message)> page)
    {
        bool stopped = stop.IsCancellationRequested && unsent is not null;
        foreach ((_, Outgoing message) in page)
            message.Failure ??= stopped ? "stopped before" : null;
        await _sender.SendAsync([.. page.Select(static p => p.Message)]);
        foreach ((TextLine line, Outgoing message) in page)
        {
            // A FIFO queue confirms what it drops as a duplicate with the id of the message that it knows.
            if (message.MessageId is { } id && (id == message.OriginalId || (queue.Fifo && !_given.Add(id))))
            {
                message.Failure = id == message.OriginalId ? "the queue has had its deduplication id already, and confirms it without taking it"
                    : "a message before it has its deduplication id, and the queue confirms it without taking it";
                _known++;
            }
            if (message.Failure is null)
            {
                LastId = message.MessageId;
                Volatile.Write(ref _sent, _sent + 1);
                continue;
            }
            unsent?.Invoke(line.Text);
            if (stopped || message.Failure == _sender.Trouble)
                continue;
            if (++_failed <= Named)
                _problems.Add(string.Create(CultureInfo.InvariantCulture, $"line {line.Number} of {source.Name} was not sent: {message.Failure}."));
        }
        page.Clear();
        return 0;
    }
}
