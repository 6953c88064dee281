using System.Globalization;
using Amazon.SQS.Model;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>Sends batches: what fails and may succeed is sent again, by itself, a few times, with growing pauses.</summary>
internal sealed class BatchSender(Surroundings surroundings)
{
    private const int Tries = 5;

    /// <summary>Batches of one call that are under way at a time.</summary>
    private const int AtOnce = 4;

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly SqsFailure Cancelled = new(SqsFailureKind.NoAnswer, "the call was cancelled");
    private static readonly SqsFailure Behind = new(SqsFailureKind.Refused, "one before it could not be sent, and nothing of a FIFO queue may overtake");

    /// <summary>Sends all to one queue: in order where it is a FIFO queue, and nothing after a batch with a failure.</summary>
    public async Task SendAllAsync(SqsQueue queue, IEnumerable<Draft> drafts, CancellationToken cancel)
    {
        List<List<Draft>> chunks = Chunks.Of(drafts);
        if (queue.Facts.Fifo)
        {
            bool broken = false;
            foreach (List<Draft> chunk in chunks)
            {
                if (broken)
                    chunk.ForEach(static draft => draft.Answer = SendAnswer.Failed(Behind));
                else
                    await SendAsync(queue, chunk, cancel);
                broken = broken || chunk.Exists(static draft => draft.Failed);
            }
            return;
        }
        int next = -1;
        async Task SendNextAsync()
        {
            while (Interlocked.Increment(ref next) is var i && i < chunks.Count)
                await SendAsync(queue, chunks[i], cancel);
        }
        await Task.WhenAll(Enumerable.Range(0, Math.Min(AtOnce, chunks.Count)).Select(_ => SendNextAsync()));
    }

    /// <summary>Sends one batch. Never throws: each draft has its answer.</summary>
    public async Task SendAsync(SqsQueue queue, List<Draft> batch, CancellationToken cancel)
    {
        var answers = new SendAnswer[batch.Count];
        List<SendMessageBatchRequestEntry> left = new(batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            batch[i].Entry.Id = i.ToString(CultureInfo.InvariantCulture);
            left.Add(batch[i].Entry);
        }
        for (int attempt = 1; left.Count > 0 && attempt <= Tries; attempt++)
        {
            if (cancel.IsCancellationRequested || (attempt > 1 && !await PauseAsync(attempt, cancel)))
            {
                foreach (int i in left.Select(Place))
                    answers[i] = SendAnswer.Failed(answers[i].Failure ?? Cancelled);
                break;
            }
            try
            {
                await queue.SendBatchAsync(left, answers, CallLimit);
            }
            catch (Exception exception)
            {
                SqsFailure failure = SqsFailure.Of(exception);
                foreach (int i in left.Select(Place))
                    answers[i] = SendAnswer.Failed(failure);
            }
            left = left.FindAll(entry => answers[Place(entry)].Failure is { Retryable: true });
        }
        for (int i = 0; i < answers.Length; i++)
            batch[i].Answer = answers[i];
    }

    private static int Place(SendMessageBatchRequestEntry entry) => int.Parse(entry.Id, CultureInfo.InvariantCulture);

    private async Task<bool> PauseAsync(int attempt, CancellationToken cancel)
    {
        try
        {
            await Task.Delay(FirstPause * Math.Pow(2, attempt - 2) * (0.5 + surroundings.Dice() / 2), surroundings.Time, cancel);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
