using Amazon.SQS;
using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.Conformance;

using Message = Amazon.SQS.Model.Message;

/// <summary>What the tests of SQS's behaviour share. Each test gets a service of its own.</summary>
public abstract class ConformanceTests : IAsyncLifetime
{
    // A poll that nothing wakes fails its test instead of hanging it. Real time, but only a broken queue ever waits for it.
    private static readonly TimeSpan Hung = TimeSpan.FromSeconds(30);

    private SqsHost? _host;

    protected IAmazonSQS Sqs => _host!.Client;

    public async ValueTask InitializeAsync() => _host = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _host!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<SqsHost> StartAsync();

    protected Task AdvanceAsync(double seconds) => _host!.AdvanceAsync(TimeSpan.FromSeconds(seconds));

    protected Task PollsOpenAsync(string queue, int count = 1) => _host!.PollsOpenAsync(queue, count);

    protected async Task<string> QueueAsync(string name = "orders", params (string Name, string Value)[] attributes)
    {
        var request = new CreateQueueRequest(name) { Attributes = attributes.ToDictionary(a => a.Name, a => a.Value) };
        if (name.EndsWith(".fifo", StringComparison.Ordinal)) request.Attributes["FifoQueue"] = "true";
        return (await Sqs.CreateQueueAsync(request)).QueueUrl;
    }

    protected async Task<string> ArnAsync(string queue) => await AttributeAsync(queue, "QueueArn");

    protected async Task<string> AttributeAsync(string queue, string name) =>
        (await Sqs.GetQueueAttributesAsync(queue, [name])).Attributes[name];

    /// <summary>Visible, in flight, delayed.</summary>
    protected async Task<(int, int, int)> CountsAsync(string queue)
    {
        var all = (await Sqs.GetQueueAttributesAsync(queue, ["All"])).Attributes;
        return (int.Parse(all["ApproximateNumberOfMessages"]), int.Parse(all["ApproximateNumberOfMessagesNotVisible"]), int.Parse(all["ApproximateNumberOfMessagesDelayed"]));
    }

    protected Task<SendMessageResponse> SendAsync(string queue, string body) => Sqs.SendMessageAsync(queue, body);

    protected Task<SendMessageResponse> SendAsync(string queue, string body, string group, string? deduplication = null) =>
        Sqs.SendMessageAsync(new SendMessageRequest(queue, body) { MessageGroupId = group, MessageDeduplicationId = deduplication ?? body });

    protected async Task<List<Message>> ReceiveAsync(string queue, int max = 10, int? visibility = null, int wait = 0, string? attempt = null) =>
        (await Sqs.ReceiveMessageAsync(Receive(queue, max, visibility, wait, attempt)).WaitAsync(Hung)).Messages ?? [];

    protected static ReceiveMessageRequest Receive(string queue, int max = 10, int? visibility = null, int? wait = 0, string? attempt = null) => new(queue)
    {
        MaxNumberOfMessages = max,
        VisibilityTimeout = visibility,
        WaitTimeSeconds = wait,
        ReceiveRequestAttemptId = attempt,
        MessageSystemAttributeNames = ["All"],
        MessageAttributeNames = ["All"],
    };

    protected async Task<Message> ReceiveOneAsync(string queue, int? visibility = null) => Assert.Single(await ReceiveAsync(queue, 1, visibility));

    protected async Task<string[]> BodiesAsync(string queue, int max = 10, int? visibility = null) =>
        [.. (await ReceiveAsync(queue, max, visibility)).Select(m => m.Body)];

    protected static async Task<AmazonSQSException> FailsAsync(Task call, string code)
    {
        var error = await Assert.ThrowsAnyAsync<AmazonSQSException>(() => call);
        Assert.Equal(code, error.ErrorCode);
        return error;
    }
}
