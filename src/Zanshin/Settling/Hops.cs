using Amazon.SQS.Model;
using Microsoft.Extensions.Logging;
using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Settling;

/// <summary>Sends messages on that came before their due time: the same message, with what is left of its delay.</summary>
internal sealed class Hops(SqsQueue queue, string queueName, LeaseKeeper leases, Surroundings surroundings, QueueCounts counts, Trouble trouble, ILogger logger, CancellationToken giveUp)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);

    /// <summary>So long it is tried; after that the message waits where it is.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <returns>Whether it is on its way, and the one that came is to be deleted. A crash in between leaves both.</returns>
    public async Task<bool> CarryAsync(Lease lease, SqsMessage raw, DueTime due)
    {
        bool again = false;
        TimeSpan until = surroundings.Now + Longest;
        while (surroundings.Now < until && leases.Holds(lease, out _, out _) && !giveUp.IsCancellationRequested)
        {
            TimeSpan called = surroundings.Now;
            if (again)
                counts.Add(Count.RepeatedRequests);
            again = true;
            try
            {
                await queue.SendAsync(Next(raw, due), CallLimit);
                trouble.Over();
                logger.Carried(raw.MessageId, queueName, due.Due, due.Id);
                return true;
            }
            catch (Exception exception)
            {
                await PauseAsync(trouble.Met(SqsFailure.Of(exception), called));
            }
        }
        return false;
    }

    private SendMessageRequest Next(SqsMessage raw, DueTime due)
    {
        TimeSpan left = due.Due - surroundings.Time.GetUtcNow();
        left = left < SqsLimits.MaxDelay ? left : SqsLimits.MaxDelay;
        SendMessageRequest next = CopiedMessage.Of(raw, queue.Facts.Url);
        next.DelaySeconds = (int)Math.Ceiling(Math.Max(0, left.TotalSeconds));
        return next;
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, surroundings.Time, giveUp);
        }
        catch (OperationCanceledException)
        {
            // The stop is at its end: the loop looks and leaves.
        }
    }
}
