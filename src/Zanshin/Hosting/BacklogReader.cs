using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>Asks SQS for the number of messages in one queue and in its dead-letter queue. Used by the backlog loop only.</summary>
internal sealed class BacklogReader(QueueWorker queue, Surroundings surroundings, ILogger logger, CancellationToken giveUp)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);
    private static readonly List<string> Numbers = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
    private static readonly List<string> NumbersAndPolicy = [.. Numbers, "RedrivePolicy"];

    private readonly SqsQueue _sqs = queue.Calls(queue.Facts, giveUp);
    private readonly Trouble _trouble = new("count messages", queue.Name, logger, surroundings);

    // That of the queue's policy, which may change.
    private SqsQueue? _deadLetters;
    private Trouble? _deadLettersTrouble;

    /// <summary>Never throws.</summary>
    public async Task ReadAsync(Backlog into)
    {
        if (await AskAsync(_sqs, NumbersAndPolicy, _trouble) is not { } numbers)
            return;
        Take(numbers.GetValueOrDefault("RedrivePolicy"));
        Dictionary<string, string>? dead = _deadLetters is null ? null : await AskAsync(_deadLetters, Numbers, _deadLettersTrouble!);
        into.Read(new QueueBacklog
        {
            Visible = Number(numbers, Numbers[0]),
            InFlight = Number(numbers, Numbers[1]),
            Delayed = Number(numbers, Numbers[2]),
            DeadLetters = dead is null ? null : Numbers.Sum(name => Number(dead, name)),
            Age = TimeSpan.Zero,
            StalledFor = TimeSpan.Zero,
        }, surroundings.Now);
    }

    // SQS has the dead-letter queue in the same account and region: its URL differs in the name only.
    private void Take(string? policy)
    {
        string? arn = Arn(policy);
        if (arn == _deadLetters?.Facts.Arn)
            return;
        (_deadLetters, _deadLettersTrouble) = (null, null);
        if (arn is null)
            return;
        string url = queue.Facts.Url, name = QueueResolver.NameOf(arn);
        _deadLetters = queue.Calls(queue.Facts with { Arn = arn, Url = url[..(url.LastIndexOf('/') + 1)] + name }, giveUp);
        _deadLettersTrouble = new Trouble("count messages", name, logger, surroundings);
    }

    private static string? Arn(string? policy)
    {
        try
        {
            return QueueFacts.Redrive(policy).Arn;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private async Task<Dictionary<string, string>?> AskAsync(SqsQueue sqs, List<string> names, Trouble trouble)
    {
        TimeSpan called = surroundings.Now;
        try
        {
            Dictionary<string, string> numbers = await sqs.AttributesAsync(names, CallLimit);
            trouble.Over();
            return numbers;
        }
        catch (Exception exception)
        {
            if (!giveUp.IsCancellationRequested)
                trouble.Met(SqsFailure.Of(exception), called);
            return null;
        }
    }

    private static int Number(Dictionary<string, string> numbers, string name) =>
        int.TryParse(numbers.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0;
}
