using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.Cli.Sqs;
using Zanshin.Hosting;

namespace Zanshin.Cli.Demo;

/// <summary>The demo's own queue: made at the start, and deleted at the end whatever happens.</summary>
internal sealed class DemoQueue : IAsyncDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    private readonly AmazonSQSClient _client;
    private readonly string _url;

    private DemoQueue(AmazonSQSClient client, string name, string url) => (_client, Name, _url) = (client, name, url);

    public string Name { get; }

    /// <exception cref="Refusal">No SQS answers there, or it refuses.</exception>
    public static async Task<DemoQueue> CreateAsync(string endpoint, TimeSpan visibility)
    {
        string name = $"zanshin-demo-{Guid.NewGuid():N}"[..24];
        AmazonSQSClient client = Client(endpoint);
        try
        {
            using CancellationTokenSource limit = Limit();
            var request = new CreateQueueRequest
            {
                QueueName = name,
                Attributes = new() { ["VisibilityTimeout"] = visibility.TotalSeconds.ToString(CultureInfo.InvariantCulture) },
            };
            return new(client, name, (await client.CreateQueueAsync(request, limit.Token)).QueueUrl);
        }
        catch (Exception exception)
        {
            client.Dispose();
            throw new Refusal(Sentence(endpoint, exception), exception);
        }
    }

    /// <summary>Messages on the queue, and of these: in flight.</summary>
    public async Task<(int All, int InFlight)> DepthAsync()
    {
        using CancellationTokenSource limit = Limit();
        var request = new GetQueueAttributesRequest { QueueUrl = _url, AttributeNames = ["All"] };
        GetQueueAttributesResponse counts = await _client.GetQueueAttributesAsync(request, limit.Token);
        int inFlight = counts.ApproximateNumberOfMessagesNotVisible;
        return (counts.ApproximateNumberOfMessages + counts.ApproximateNumberOfMessagesDelayed + inFlight, inFlight);
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource limit = Limit();
        try
        {
            await _client.DeleteQueueAsync(_url, limit.Token);
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(Printable.Line($"zanshin: the demo's queue {_url} could not be deleted ({Reason(exception)}): delete it yourself."));
        }
        _client.Dispose();
    }

    // As the worker makes its own: a server on this machine takes any credentials, others get what every AWS SDK finds.
    private static AmazonSQSClient Client(string endpoint)
    {
        var config = new AmazonSQSConfig { ServiceURL = endpoint, AllowAutoRedirect = false };
        if (!Loopback.Is(new Uri(endpoint)))
            return new AmazonSQSClient(config);
        config.SetWebProxy(new DirectToLoopback());
        config.AuthenticationRegion = "us-east-1";
        config.MaxErrorRetry = 0;
        return new AmazonSQSClient(new BasicAWSCredentials("local", "local"), config);
    }

    private static CancellationTokenSource Limit() => new(CallLimit, TimeProvider.System);

    private static string Sentence(string endpoint, Exception exception) => exception switch
    {
        _ when SqsTrouble.IsNotSqs(exception) => $"no queue can be made at {endpoint}: {SqsTrouble.Reason(exception)}. Check the URL, and what is between here and it.",
        AmazonServiceException { StatusCode: not 0 } service =>
            $"the SQS at {endpoint} refuses to create a queue (HTTP {(int)service.StatusCode}{(service.ErrorCode is { Length: > 0 } code ? $", {code}: {Reason(service)}" : "")}): check that it is an SQS, the credentials and their permissions.",
        AmazonClientException =>
            $"{endpoint} cannot be asked ({exception.Message.Split(". ")[0]}): check the AWS credentials and the region.",
        _ => $"no SQS answers at {endpoint} ({Reason(exception)}): is the URL right, and the server up?",
    };

    private static string Reason(Exception exception)
    {
        string reason = SqsTrouble.Reason(exception);
        return reason == SqsTrouble.NoAnswer ? $"no answer in {CallLimit.TotalSeconds:0} s" : reason;
    }
}
