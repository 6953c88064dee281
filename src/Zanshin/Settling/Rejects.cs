using System.Text;
using System.Text.Json;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging;
using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Settling;

/// <summary>Copies rejected messages to the dead-letter queue, as they are, with the reason on them.</summary>
internal sealed class Rejects(
    SqsQueue source, string sourceName, Redrive redrive, LeaseKeeper leases, Surroundings surroundings, QueueCounts counts, Trouble trouble, ILogger logger,
    CancellationToken giveUp)
{
    /// <summary>The attribute that carries the reason, as JSON.</summary>
    public const string Attribute = "zanshin-reject";

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);

    /// <summary>So long a copy is tried: a dead-letter queue that takes none must not hold up the worker's other messages.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <returns>False where no copy could be made in time or while the lease held, or where there is no dead-letter queue.</returns>
    public async Task<bool> CopyAsync(Lease lease, SqsMessage raw, string reason, int attempt)
    {
        SqsQueue? deadLetters = null;
        SendMessageRequest? request = null;
        bool again = false;
        TimeSpan until = surroundings.Now + Longest;
        while (surroundings.Now < until && leases.Holds(lease, out _, out _) && !giveUp.IsCancellationRequested)
        {
            if (redrive.DeadLetters is not { } target)
                return false;
            if (target != deadLetters)
                (deadLetters, request) = (target, Copy(raw, target.Facts, reason, attempt));
            TimeSpan called = surroundings.Now;
            if (again)
                counts.Add(Count.RepeatedRequests);
            again = true;
            try
            {
                await target.SendAsync(request!, CallLimit);
                trouble.Over();
                return true;
            }
            catch (Exception exception)
            {
                SqsFailure failure = SqsFailure.Of(exception);
                TimeSpan pause = trouble.Met(failure, called);
                // Refused: the queue may have been given another dead-letter queue meanwhile, also since what is known was read.
                if (failure.Kind is SqsFailureKind.NoQueue or SqsFailureKind.Credentials)
                {
                    await PauseAsync(redrive.IsOldIn(Redrive.ForCopy));
                    await redrive.FreshAsync(Redrive.ForCopy);
                    if (redrive.DeadLetters != target)
                        continue;
                    // One that is gone is not there in half a minute either: the message is retried meanwhile.
                    if (failure.Kind == SqsFailureKind.NoQueue)
                        return false;
                }
                await PauseAsync(pause);
            }
        }
        return false;
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

    private SendMessageRequest Copy(SqsMessage raw, QueueFacts deadLetters, string reason, int attempt)
    {
        SendMessageRequest copy = CopiedMessage.Of(raw, deadLetters.Url);
        Dictionary<string, MessageAttributeValue> attributes = copy.MessageAttributes;
        attributes.Remove(Attribute);
        string json = Reason(raw, reason, attempt);
        if (attributes.Count < SqsLimits.Attributes && Size(raw.Body, attributes) + Attribute.Length + "String".Length + json.Length <= SqsLimits.PayloadBytes)
            attributes[Attribute] = new MessageAttributeValue { DataType = "String", StringValue = json };
        else
            logger.NoRoomForReason(raw.MessageId, sourceName);
        // The copy of one message is one message, also when the call was repeated.
        copy.MessageDeduplicationId = deadLetters.Fifo ? raw.MessageId : null;
        return copy;
    }

    private static long Size(string? body, Dictionary<string, MessageAttributeValue> attributes) => Encoding.UTF8.GetByteCount(body ?? "")
        + attributes.Sum(static a => Encoding.UTF8.GetByteCount(a.Key + a.Value.DataType + a.Value.StringValue) + (a.Value.BinaryValue?.Length ?? 0));

    // ASCII: the writer escapes everything else.
    private string Reason(SqsMessage raw, string reason, int attempt)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("reason", reason);
            json.WriteString("source", source.Facts.Arn);
            json.WriteString("messageId", raw.MessageId);
            json.WriteNumber("count", attempt);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
