using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Settling;

/// <summary>
/// The redrive policy of one queue as SQS last told it: after how many receives it moves a message, and where to. Read at the start, and again when something is decided
/// by it that is old, or the dead-letter queue refuses a copy. A clock alone never reads it: a queue whose messages are all done costs nothing. Thread-safe.
/// </summary>
/// <param name="deadLetters">The calls to a dead-letter queue, by its ARN.</param>
/// <param name="visibility">The visibility timeout that the worker took over from the queue; null where the setup has its own.</param>
/// <param name="trouble">Of the reading.</param>
internal sealed class Redrive(
    SqsQueue queue, string queueName, Func<string, SqsQueue> deadLetters, TimeSpan? visibility, Surroundings surroundings, Trouble trouble, ILogger logger)
{
    /// <summary>So old may be what a copy to the dead-letter queue rests on, which nobody takes back: with many of them one request a second.</summary>
    public static readonly TimeSpan ForCopy = TimeSpan.FromSeconds(1);

    /// <summary>The same for a retry, which would only be told wrong: one request in 5 minutes.</summary>
    public static readonly TimeSpan ForRetry = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(2);

    /// <summary>Where it cannot be read, what is known counts for so long.</summary>
    private static readonly TimeSpan Unreadable = TimeSpan.FromMinutes(1);

    private static readonly List<string> Names = ["RedrivePolicy", "VisibilityTimeout"];

    private readonly Lock _lock = new(); // guards the three below; what was read is replaced as a whole
    private TimeSpan _read = surroundings.Now;
    private TimeSpan _notBefore;
    private Task? _reading;
    private volatile Policy _policy = Of(queue.Facts.DeadLetterArn, queue.Facts.MaxReceiveCount, deadLetters);
    private readonly TimeSpan? _ours = visibility;
    private TimeSpan? _visibility = visibility; // as last said; touched by one reading at a time

    /// <summary>After so many receives SQS moves a message to the dead-letter queue; null where it has none.</summary>
    public int? MaxReceives => _policy.MaxReceives;

    /// <summary>The dead-letter queue; null where there is none.</summary>
    public SqsQueue? DeadLetters => _policy.DeadLetters;

    /// <summary>Reads the policy again if it is older than this. Never throws: what is known stays where it cannot be read.</summary>
    public ValueTask FreshAsync(TimeSpan atMost)
    {
        lock (_lock)
        {
            TimeSpan now = surroundings.Now;
            if (_reading is null && (now - _read <= atMost || now < _notBefore))
                return default;
            return new ValueTask(_reading ??= surroundings.Begin(this, static redrive => redrive.ReadAsync()));
        }
    }

    /// <summary>After how long what is known is older than this, so that <see cref="FreshAsync"/> reads it again.</summary>
    public TimeSpan IsOldIn(TimeSpan atMost)
    {
        lock (_lock)
        {
            TimeSpan left = _read + atMost - surroundings.Now;
            return left < TimeSpan.Zero ? TimeSpan.Zero : left + TimeSpan.FromMilliseconds(1);
        }
    }

    private async Task ReadAsync()
    {
        TimeSpan called = surroundings.Now;
        try
        {
            Dictionary<string, string> read = await queue.AttributesAsync(Names, CallLimit);
            trouble.Over();
            Take(read);
            Ended(called, TimeSpan.Zero);
        }
        catch (Exception exception)
        {
            trouble.Met(SqsFailure.Of(exception), called);
            // Workers that began to fail together do not ask together.
            Ended(null, surroundings.Now + Unreadable * (1 + surroundings.Dice() / 5));
        }
    }

    private void Ended(TimeSpan? read, TimeSpan notBefore)
    {
        lock (_lock)
            (_reading, _read, _notBefore) = (null, read ?? _read, notBefore);
    }

    private void Take(Dictionary<string, string> read)
    {
        (string? arn, int? maxReceives) = QueueFacts.Redrive(read.GetValueOrDefault("RedrivePolicy"));
        Policy before = _policy;
        if ((arn, maxReceives) != (before.Arn, before.MaxReceives))
        {
            _policy = arn == before.Arn ? before with { MaxReceives = maxReceives } : Of(arn, maxReceives, deadLetters);
            logger.RedriveChanged(queueName, _policy.ToString(), before.ToString());
        }
        if (_visibility is { } was && int.TryParse(read.GetValueOrDefault("VisibilityTimeout"), out int seconds) && TimeSpan.FromSeconds(seconds) is var now && now != was)
        {
            _visibility = now;
            logger.VisibilityChanged(queueName, now, _ours!.Value);
        }
    }

    private static Policy Of(string? arn, int? maxReceives, Func<string, SqsQueue> deadLetters) =>
        new(arn, arn is null ? null : maxReceives, arn is null ? null : deadLetters(arn));

    private sealed record Policy(string? Arn, int? MaxReceives, SqsQueue? DeadLetters)
    {
        public override string ToString() => Arn is null ? "none" : $"to {Arn} after {MaxReceives} receives";
    }
}
