using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>Finds queues by name, URL or ARN and reads what the worker has to know of them.</summary>
internal sealed class QueueResolver(SqsClients clients, Surroundings surroundings, ILogger<ZanshinWorker> logger)
{
    private const int Tries = 3;

    /// <summary>Of a call that is throttled, as when many workers start at once: about half a minute.</summary>
    private const int TriesThrottled = 10;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    private readonly SafeLogger _logger = new(logger);

    /// <exception cref="ZanshinConfigurationException">There is no such queue, its ARN or URL is malformed, or SQS cannot be asked.</exception>
    public Task<QueueFacts> ResolveAsync(string queue, CancellationToken cancel)
    {
        QueueAddress address = QueueAddress.Parse(queue);
        return ResolveAsync(address, Client(address), cancel);
    }

    /// <summary>The dead-letter queue of a queue: SQS has it in the same account and region, so the same client reaches it.</summary>
    public Task<QueueFacts> ResolveDeadLettersAsync(string arn, string of, CancellationToken cancel) =>
        ResolveAsync(QueueAddress.Parse(arn), Client(QueueAddress.Parse(of)), cancel);

    /// <summary>The queue, or null where there is none.</summary>
    /// <exception cref="ZanshinConfigurationException">SQS cannot be asked.</exception>
    public Task<QueueFacts?> FindAsync(QueueAddress queue, IAmazonSQS client, CancellationToken cancel) =>
        TryAsync(queue, client, limit => ReadAsync(client, queue, limit), cancel);

    /// <summary>A call about a queue, with a time limit, and repeated where that may help. Null where there is no such queue.</summary>
    /// <exception cref="ZanshinConfigurationException">It failed; says how.</exception>
    public async Task<T?> TryAsync<T>(QueueAddress queue, IAmazonSQS client, Func<CancellationToken, Task<T>> call, CancellationToken cancel)
        where T : class
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using var limit = new CallToken(CallLimit, surroundings.Time, exception => _logger.CallbackFailed(exception, queue.Name), cancel);
                return await call(limit.Token);
            }
            catch (Exception exception) when (!cancel.IsCancellationRequested)
            {
                SqsFailure failure = SqsFailure.Of(exception);
                if (failure.Kind == SqsFailureKind.NoQueue)
                    return null;
                if (attempt >= (failure.Kind == SqsFailureKind.Throttled ? TriesThrottled : Tries) || IsFinal(failure, exception))
                    throw new ZanshinConfigurationException([Sentence(queue.Name, SqsClients.Endpoint(client), failure)]);
                await Task.Delay(Pause(attempt), surroundings.Time, cancel);
            }
        }
    }

    // An answer of 4xx that is no throttle says the same to the same question.
    private static bool IsFinal(SqsFailure failure, Exception exception) => failure.Kind == SqsFailureKind.Credentials
        || (failure.Kind != SqsFailureKind.Throttled && exception is AmazonServiceException { StatusCode: >= System.Net.HttpStatusCode.BadRequest and < System.Net.HttpStatusCode.InternalServerError });

    // Doubling, jittered by half.
    private TimeSpan Pause(int attempt)
    {
        TimeSpan pause = TimeSpan.FromMilliseconds(200) * Math.Pow(2, attempt - 1);
        return (pause < LongestPause ? pause : LongestPause) * (0.5 + surroundings.Dice() / 2);
    }

    public static ZanshinConfigurationException Missing(QueueAddress queue, IAmazonSQS client) =>
        new([$"Queue '{queue.Name}' does not exist at {SqsClients.Endpoint(client)}: create it, or correct its name, region or account."]);

    private async Task<QueueFacts> ResolveAsync(QueueAddress queue, IAmazonSQS client, CancellationToken cancel) =>
        await FindAsync(queue, client, cancel)
        ?? throw Missing(queue, client);

    /// <summary>The name of the queue that an ARN or URL stands for.</summary>
    public static string NameOf(string queue) => queue[(queue.LastIndexOfAny(['/', ':']) + 1)..];

    /// <exception cref="ZanshinConfigurationException">There is none for it.</exception>
    public IAmazonSQS Client(QueueAddress queue)
    {
        try
        {
            return clients.For(queue);
        }
        catch (AmazonClientException exception)
        {
            throw new ZanshinConfigurationException(
                [$"There is no SQS to ask for queue '{queue.Name}' ({exception.Message.TrimEnd('.')}): set a region (AWS_REGION) or an endpoint (AWS_ENDPOINT_URL_SQS, or z.Endpoint)."]);
        }
    }

    private async Task<QueueFacts> ReadAsync(IAmazonSQS client, QueueAddress queue, CancellationToken cancel)
    {
        AnswerDate.Watch(client);
        string url = queue.Url
            ?? (await client.GetQueueUrlAsync(new GetQueueUrlRequest { QueueName = queue.Name, QueueOwnerAWSAccountId = queue.Account }, cancel)).QueueUrl;
        TimeSpan asked = surroundings.Now;
        GetQueueAttributesResponse answer = await client.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = url, AttributeNames = ["All"] }, cancel);
        Dictionary<string, string> attributes = answer.Attributes ?? [];
        TimeSpan answered = surroundings.Now, roundTrip = answered - asked;
        var clock = new ServerClock();
        if (AnswerDate.Of(answer) is { } date)
            clock.Heard(asked, answered, date, AnswerDate.Width);
        int visibility = attributes.TryGetValue("VisibilityTimeout", out string? seconds) && int.TryParse(seconds, out int s) ? s : 30;
        (string? deadLetters, int? maxReceives) = QueueFacts.Redrive(attributes.GetValueOrDefault("RedrivePolicy"));
        return new QueueFacts(
            url,
            attributes.GetValueOrDefault("QueueArn") ?? url,
            url.EndsWith(".fifo", StringComparison.Ordinal),
            TimeSpan.FromSeconds(visibility),
            deadLetters,
            maxReceives,
            roundTrip,
            clock);
    }

    private static string Sentence(string queue, string endpoint, SqsFailure failure) => failure.Kind switch
    {
        SqsFailureKind.NoAnswer => $"SQS does not answer at {endpoint} for queue '{queue}' ({failure.Reason}): is the endpoint right, and its server up?",
        SqsFailureKind.Credentials => $"SQS cannot be asked for queue '{queue}' at {endpoint}: {failure.Reason}. Check the AWS credentials, their permissions and the region.",
        _ => $"Queue '{queue}' cannot be read at {endpoint}: {failure.Reason}.",
    };
}
