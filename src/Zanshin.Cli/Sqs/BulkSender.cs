using System.Globalization;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary>
/// Sends any number of messages to one queue: 1. cut into chunks, 2. several chunks at once, on a FIFO queue one after the other,
/// 3. failed entries again for a few times, 4. a result in each message. Used by one page of messages at a time.
/// </summary>
internal sealed class BulkSender(OpenQueue queue)
{
    /// <summary>Groups of a FIFO queue of which a message was not sent: nothing of them may overtake it.</summary>
    private readonly HashSet<string> _held = [];

    /// <summary>Why nothing more can be sent at all: the queue, the credentials or the network, not a message.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Sends them, or leaves in each why not. Throws nothing.</summary>
    public async Task SendAsync(IReadOnlyList<Outgoing> messages)
    {
        foreach (Outgoing message in messages.Where(static m => m.Bytes > Outgoing.MaxBytes))
            message.Failure = string.Create(CultureInfo.InvariantCulture, $"it has {message.Bytes:N0} bytes; SQS takes 1 MiB, attributes included");
        foreach (Outgoing message in messages.Where(static m => m.Failure is not null))
            Hold(message);
        foreach (List<Outgoing>[] round in Chunks.Of([.. messages.Where(static m => m.Failure is null)], queue.Fifo).Chunk(queue.Fifo ? 1 : OpenQueue.AtOnce))
            await Task.WhenAll(round.Select(ChunkAsync));
    }

    private async Task ChunkAsync(List<Outgoing> chunk)
    {
        foreach (Outgoing message in chunk)
        {
            if (Trouble is not null)
                message.Failure = Trouble;
            else if (queue.Fifo && _held.Contains(message.Group ?? ""))
                message.Failure = "an earlier message of its group was not sent";
        }
        await TryAsync(chunk);
        foreach (Outgoing message in chunk.Where(static m => m.Failure is not null))
            Hold(message);
    }

    private async Task TryAsync(List<Outgoing> chunk)
    {
        for (int attempt = 1; attempt <= SqsCalls.Tries && chunk.Exists(static m => m.Pending); attempt++)
        {
            if (attempt > 1)
                await queue.Calls.PauseAsync(attempt - 1);
            try
            {
                Read(await SendOnceAsync(chunk), chunk, last: attempt == SqsCalls.Tries);
            }
            catch (Exception exception) when (SqsTrouble.CanPass(exception) && attempt < SqsCalls.Tries)
            {
                // Again, after a pause. What was sent all the same is sent twice: SQS has not said so.
            }
            catch (Exception exception) when (SqsTrouble.IsAboutMessages(exception))
            {
                await OneByOneAsync([.. chunk.Where(static m => m.Pending)], exception);
            }
            catch (Exception exception)
            {
                Trouble = SqsTrouble.Sentence($"take messages for queue '{queue.Name}'", queue.Calls.Where, exception).TrimEnd('.');
                foreach (Outgoing message in chunk.Where(static m => m.Pending))
                    message.Failure = Trouble;
            }
        }
    }

    // One bad message has a whole call refused, by some servers: the others are not to suffer for it.
    private async Task OneByOneAsync(List<Outgoing> refused, Exception exception)
    {
        if (refused.Count == 1)
        {
            refused[0].Failure = SqsTrouble.Reason(exception);
            return;
        }
        foreach (Outgoing message in refused)
            await TryAsync([message]);
    }

    private Task<SendMessageBatchResponse> SendOnceAsync(List<Outgoing> chunk)
    {
        List<SendMessageBatchRequestEntry> entries = [];
        for (int i = 0; i < chunk.Count; i++)
        {
            if (chunk[i].Pending)
                entries.Add(chunk[i].ToEntry(i.ToString(CultureInfo.InvariantCulture)));
        }
        return queue.Calls.OnceAsync((client, limit) => client.SendMessageBatchAsync(new SendMessageBatchRequest { QueueUrl = queue.Url, Entries = entries }, limit));
    }

    // An entry that the answer does not name has not been sent, as far as is known.
    private static void Read(SendMessageBatchResponse answer, List<Outgoing> chunk, bool last)
    {
        foreach (SendMessageBatchResultEntry sent in answer.Successful ?? [])
        {
            if (Of(chunk, sent.Id) is { } message && sent.MessageId is { Length: > 0 } id)
                message.MessageId = id;
        }
        foreach (BatchResultErrorEntry failed in answer.Failed ?? [])
        {
            if (Of(chunk, failed.Id) is { Pending: true } message && (last || !SqsTrouble.CanPass(failed)))
                message.Failure = $"{failed.Code}: {failed.Message}".ReplaceLineEndings(" ").TrimEnd('.', ' ');
        }
        if (last)
        {
            foreach (Outgoing message in chunk.Where(static m => m.Pending))
                message.Failure = "SQS does not say that it was sent";
        }
    }

    private static Outgoing? Of(List<Outgoing> chunk, string? id) =>
        int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int i) && i < chunk.Count ? chunk[i] : null;

    // Only chunks of a FIFO queue matter here, and these come one after the other.
    private void Hold(Outgoing message)
    {
        if (queue.Fifo)
            _held.Add(message.Group ?? "");
    }
}
