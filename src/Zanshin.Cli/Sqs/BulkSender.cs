using System.Globalization;
using Amazon.SQS.Model;
using Zanshin.Sending;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Cli.Sqs;

/// <summary>
/// Sends any number of messages to one queue, as <see cref="BulkSend"/> does, and leaves a result in each message. Used by one page of messages at a time.
/// </summary>
internal sealed class BulkSender(OpenQueue queue)
{
    private const string Behind = "one before it of its group could not be sent";

    private readonly Surroundings _surroundings = Surroundings.Production(queue.Calls.Time);

    /// <summary>Groups of a FIFO queue of which a message was not sent: nothing of them may overtake it.</summary>
    private readonly HashSet<string> _held = [];

    private volatile Exception? _last; // what a call that may be repeated has thrown
    private volatile string? _trouble;

    /// <summary>Why nothing more can be sent at all: the queue, the credentials or the network, not a message.</summary>
    public string? Trouble => _trouble;

    /// <summary>Sends them, or leaves in each why not. Throws nothing.</summary>
    public async Task SendAsync(IReadOnlyList<Outgoing> messages)
    {
        List<(Outgoing Message, Sendable Entry)> all = [];
        foreach (Outgoing message in messages)
        {
            message.Failure ??= WhyNot(message);
            if (message.Failure is not null)
                Hold(message);
            else
                all.Add((message, new Sendable(message.ToEntry("0"), message.Bytes)));
        }
        using var stop = new CancellationTokenSource();
        SqsFailure? over = await BulkSend.RunAsync(
            queue.Fifo, (entries, answers, _) => CallAsync(entries, answers, stop), all.Select(static a => a.Entry), _surroundings, stop.Token, OpenQueue.AtOnce);
        if (over is not null)
            _trouble ??= Sentence(_last!);
        foreach ((Outgoing message, Sendable entry) in all)
            Read(message, entry.Answer);
    }

    // Before anything is sent.
    private string? WhyNot(Outgoing message) =>
        message.Bytes > Outgoing.MaxBytes ? string.Create(CultureInfo.InvariantCulture, $"it has {message.Bytes:N0} bytes; SQS takes 1 MiB, attributes included")
        : Trouble ?? (queue.Fifo && _held.Contains(message.Group ?? "") ? Behind : null);

    private async Task CallAsync(List<SendMessageBatchRequestEntry> entries, SendAnswer[] answers, CancellationTokenSource stop)
    {
        try
        {
            SendAnswer.Read(await queue.Calls.OnceAsync((client, limit) => client.SendMessageBatchAsync(new SendMessageBatchRequest { QueueUrl = queue.Url, Entries = entries }, limit)), answers);
        }
        catch (Exception exception) when (SqsTrouble.CanPass(exception) || SqsTrouble.IsAboutMessages(exception))
        {
            _last = exception;
            throw;
        }
        catch (Exception exception)
        {
            _trouble = Sentence(exception);
            // The others that are under way go on to their end.
            stop.Cancel();
            throw;
        }
    }

    private void Read(Outgoing message, SendAnswer answer)
    {
        message.MessageId = answer.Id;
        if (answer.Failure is not { } failure)
            return;
        message.Failure = Trouble is not null && failure.Retryable ? Trouble : failure.Reason.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        Hold(message);
    }

    private string Sentence(Exception exception) => SqsTrouble.Sentence($"take messages for queue '{queue.Name}'", queue.Calls.Where, exception).TrimEnd('.');

    private void Hold(Outgoing message)
    {
        if (queue.Fifo)
            _held.Add(message.Group ?? "");
    }
}
