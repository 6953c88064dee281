using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.Cli.Sqs;
using Zanshin.LocalQueue;
using Zanshin.Testing;

namespace Zanshin.Cli.Tests.Sqs;

/// <summary>An SQS on virtual time with faults under the tool's client, and the test's own client without.</summary>
internal sealed class SqsBench : IDisposable
{
    private readonly LocalSqs _sqs;
    private readonly AmazonSQSClient _faulty;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zanshin-sqs-");

    private SqsBench(VirtualTime time)
    {
        Time = time;
        _sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = time, Seed = 1 });
        Faults = new SqsFaults(_sqs);
        _faulty = LocalSqsClient.Create(Faults);
        Direct = LocalSqsClient.Create(_sqs);
    }

    public VirtualTime Time { get; }

    public SqsFaults Faults { get; }

    public AmazonSQSClient Direct { get; }

    public static void Run(Func<SqsBench, Task> body)
    {
        var time = new VirtualTime();
        time.Run(async () =>
        {
            using var bench = new SqsBench(time);
            await body(bench);
        });
        Assert.Equal(0, time.LiveTimers);
    }

    public string File(string name) => Path.Combine(_directory.FullName, name);

    public async Task<OpenQueue> QueueAsync(string name, params (string Name, string Value)[] attributes)
    {
        var all = attributes.ToDictionary(static a => a.Name, static a => a.Value);
        if (name.EndsWith(".fifo", StringComparison.Ordinal))
            all["FifoQueue"] = "true";
        string url = (await Direct.CreateQueueAsync(new CreateQueueRequest { QueueName = name, Attributes = all })).QueueUrl;
        return new OpenQueue(new SqsCalls(_faulty, Time), name, url);
    }

    public async Task SendAsync(OpenQueue queue, IEnumerable<string> bodies, string? group = null)
    {
        foreach (string body in bodies)
            await Direct.SendMessageAsync(new SendMessageRequest { QueueUrl = queue.Url, MessageBody = body, MessageGroupId = group, MessageDeduplicationId = group is null ? null : $"{group}-{body}" });
    }

    /// <summary>Visible and in flight.</summary>
    public async Task<(int Visible, int InFlight)> DepthAsync(OpenQueue queue)
    {
        GetQueueAttributesResponse facts = await Direct.GetQueueAttributesAsync(queue.Url, ["All"]);
        return (facts.ApproximateNumberOfMessages, facts.ApproximateNumberOfMessagesNotVisible);
    }

    /// <summary>All that can be received, deleted, in the order of receiving.</summary>
    public async Task<List<Amazon.SQS.Model.Message>> TakeAsync(OpenQueue queue)
    {
        List<Amazon.SQS.Model.Message> all = [];
        while ((await Direct.ReceiveMessageAsync(new ReceiveMessageRequest
        {
            QueueUrl = queue.Url, MaxNumberOfMessages = 10, MessageAttributeNames = ["All"], MessageSystemAttributeNames = ["All"],
        })).Messages is { Count: > 0 } some)
        {
            all.AddRange(some);
            await Direct.DeleteMessageBatchAsync(queue.Url, [.. some.Select(static (m, i) => new DeleteMessageBatchRequestEntry($"{i}", m.ReceiptHandle))]);
        }
        return all;
    }

    public async Task<string[]> BodiesAsync(OpenQueue queue) => [.. (await TakeAsync(queue)).Select(static m => m.Body)];

    public void Dispose()
    {
        _faulty.Dispose();
        Direct.Dispose();
        Faults.Dispose();
        _sqs.Dispose();
        _directory.Delete(recursive: true);
    }
}
