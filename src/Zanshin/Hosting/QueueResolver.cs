using System.Text.Json;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>Finds queues by name or URL and reads what the worker has to know of them.</summary>
internal sealed class QueueResolver(SqsClients clients, Surroundings surroundings)
{
    private const int Tries = 3;
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    /// <exception cref="ZanshinConfigurationException">There is no such queue, or SQS cannot be asked.</exception>
    public async Task<QueueFacts> ResolveAsync(string queue, CancellationToken cancel)
    {
        IAmazonSQS client = Client(queue);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using var limit = new CancellationTokenSource(CallLimit, surroundings.Time);
                using CancellationTokenRegistration also = cancel.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
                return await ReadAsync(client, queue, limit.Token);
            }
            catch (Exception exception) when (!cancel.IsCancellationRequested)
            {
                SqsFailure failure = SqsFailure.Of(exception);
                if (attempt == Tries || failure.Kind is SqsFailureKind.NoQueue or SqsFailureKind.Credentials || exception is AmazonServiceException { StatusCode: >= System.Net.HttpStatusCode.BadRequest and < System.Net.HttpStatusCode.InternalServerError })
                    throw new ZanshinConfigurationException([Sentence(queue, SqsClients.Endpoint(client), failure)]);
                await Task.Delay(TimeSpan.FromMilliseconds(200 * attempt), surroundings.Time, cancel);
            }
        }
    }

    /// <summary>The name of the queue that an ARN or URL stands for.</summary>
    public static string NameOf(string queue) => queue[(queue.LastIndexOfAny(['/', ':']) + 1)..];

    private IAmazonSQS Client(string queue)
    {
        try
        {
            return clients.For(queue);
        }
        catch (AmazonClientException exception)
        {
            throw new ZanshinConfigurationException(
                [$"There is no SQS to ask for queue '{NameOf(queue)}' ({exception.Message.TrimEnd('.')}): set a region (AWS_REGION) or an endpoint (AWS_ENDPOINT_URL_SQS, or z.Endpoint)."]);
        }
    }

    private async Task<QueueFacts> ReadAsync(IAmazonSQS client, string queue, CancellationToken cancel)
    {
        string url = queue.Contains("://", StringComparison.Ordinal) ? queue : (await client.GetQueueUrlAsync(NameAndAccount(queue), cancel)).QueueUrl;
        TimeSpan asked = surroundings.Now;
        Dictionary<string, string> attributes =
            (await client.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = url, AttributeNames = ["All"] }, cancel)).Attributes ?? [];
        TimeSpan roundTrip = surroundings.Now - asked;
        int visibility = attributes.TryGetValue("VisibilityTimeout", out string? seconds) && int.TryParse(seconds, out int s) ? s : 30;
        (string? deadLetters, int? maxReceives) = Redrive(attributes.GetValueOrDefault("RedrivePolicy"));
        return new QueueFacts(
            url,
            attributes.GetValueOrDefault("QueueArn") ?? url,
            url.EndsWith(".fifo", StringComparison.Ordinal),
            TimeSpan.FromSeconds(visibility),
            deadLetters,
            maxReceives,
            roundTrip);
    }

    // arn:aws:sqs:region:account:name
    private static GetQueueUrlRequest NameAndAccount(string queue) => queue.Split(':') is ["arn", _, "sqs", _, { Length: > 0 } account, { Length: > 0 } name]
        ? new() { QueueName = name, QueueOwnerAWSAccountId = account }
        : new() { QueueName = queue };

    // {"deadLetterTargetArn":"arn:...","maxReceiveCount":5}, where the count may be a string.
    private static (string? Arn, int? MaxReceives) Redrive(string? policy)
    {
        if (string.IsNullOrEmpty(policy))
            return default;
        using JsonDocument json = JsonDocument.Parse(policy);
        string? arn = json.RootElement.TryGetProperty("deadLetterTargetArn", out JsonElement a) ? a.GetString() : null;
        int? max = json.RootElement.TryGetProperty("maxReceiveCount", out JsonElement m) && int.TryParse(m.ToString(), out int n) ? n : null;
        return (arn, max);
    }

    private static string Sentence(string queue, string endpoint, SqsFailure failure) => failure.Kind switch
    {
        SqsFailureKind.NoQueue => $"Queue '{NameOf(queue)}' does not exist at {endpoint}: create it, or correct its name, region or account.",
        SqsFailureKind.NoAnswer => $"SQS does not answer at {endpoint} for queue '{NameOf(queue)}' ({failure.Reason}): is the endpoint right, and its server up?",
        SqsFailureKind.Credentials => $"SQS cannot be asked for queue '{NameOf(queue)}' at {endpoint}: {failure.Reason}. Check the AWS credentials, their permissions and the region.",
        _ => $"Queue '{NameOf(queue)}' cannot be read at {endpoint}: {failure.Reason}.",
    };
}
