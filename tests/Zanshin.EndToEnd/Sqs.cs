using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Zanshin.EndToEnd;

/// <summary>The SDK's own client on a local endpoint, for what tests send and look at.</summary>
internal sealed class Sqs(string endpoint) : IDisposable
{
    private readonly AmazonSQSClient _client = new(
        new BasicAWSCredentials("local", "local"),
        new AmazonSQSConfig { ServiceURL = endpoint, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, Timeout = TimeSpan.FromSeconds(10) });

    public async Task<string> CreateAsync(string name, int visibility) => (await _client.CreateQueueAsync(new CreateQueueRequest
    {
        QueueName = name,
        Attributes = name.EndsWith(".fifo", StringComparison.Ordinal)
            ? new() { ["VisibilityTimeout"] = visibility.ToString(CultureInfo.InvariantCulture), ["FifoQueue"] = "true" }
            : new() { ["VisibilityTimeout"] = visibility.ToString(CultureInfo.InvariantCulture) },
    })).QueueUrl;

    /// <summary>After so many receives SQS moves a message there.</summary>
    public async Task DeadLettersAsync(string url, string deadLetters, int maxReceives)
    {
        string arn = (await _client.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = deadLetters, AttributeNames = ["QueueArn"] })).Attributes["QueueArn"];
        await _client.SetQueueAttributesAsync(url, new Dictionary<string, string> { ["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":{{maxReceives}}}""" });
    }

    public Task DeleteAsync(string url) => _client.DeleteQueueAsync(url);

    public async Task SendAsync(string url, string body) => await _client.SendMessageAsync(url, body);

    public async Task<IReadOnlyList<string>> ListAsync() => (await _client.ListQueuesAsync(new ListQueuesRequest())).QueueUrls ?? [];

    public async Task<(int Visible, int InFlight)> DepthAsync(string url)
    {
        GetQueueAttributesResponse counts = await _client.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = url, AttributeNames = ["All"] });
        return (counts.ApproximateNumberOfMessages, counts.ApproximateNumberOfMessagesNotVisible);
    }

    public void Dispose() => _client.Dispose();
}
