using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.LocalQueue;

namespace Zanshin.Testing.Tests.Faults;

/// <summary>A queue on virtual time, a client with faults under it, and the test's own without.</summary>
internal sealed class FaultBench : IDisposable
{
    private FaultBench(VirtualTime time)
    {
        Time = time;
        Sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = time, Seed = 1 });
        Faults = new SqsFaults(Sqs);
        Client = LocalSqsClient.Create(Faults);
        Direct = LocalSqsClient.Create(Sqs);
    }

    public VirtualTime Time { get; }

    public LocalSqs Sqs { get; }

    public SqsFaults Faults { get; }

    public AmazonSQSClient Client { get; }

    public AmazonSQSClient Direct { get; }

    public static void Run(Func<FaultBench, Task> body)
    {
        var time = new VirtualTime();
        time.Run(async () =>
        {
            using var bench = new FaultBench(time);
            await body(bench);
        });
        Assert.Equal(0, time.LiveTimers);
    }

    public async Task<string> QueueAsync(string name = "orders") => (await Direct.CreateQueueAsync(name)).QueueUrl;

    public Task SendAsync(string url, params string[] bodies) => SendAsync(Direct, url, bodies);

    public static async Task<SendMessageBatchResponse> SendAsync(AmazonSQSClient client, string url, params string[] bodies) =>
        await client.SendMessageBatchAsync(url, [.. bodies.Select(static (body, i) => new SendMessageBatchRequestEntry($"id{i}", body))]);

    public async Task<List<Amazon.SQS.Model.Message>> ReceiveAsync(string url, int wait = 0, AmazonSQSClient? client = null, CancellationToken cancel = default) =>
        (await (client ?? Direct).ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, WaitTimeSeconds = wait, MaxNumberOfMessages = 10 }, cancel)).Messages ?? [];

    /// <summary>Visible and in flight.</summary>
    public async Task<(int Visible, int InFlight)> DepthAsync(string url)
    {
        Dictionary<string, string> a = (await Direct.GetQueueAttributesAsync(url, ["All"])).Attributes;
        return (Number(a["ApproximateNumberOfMessages"]), Number(a["ApproximateNumberOfMessagesNotVisible"]));
    }

    public double Seconds() => TimeSpan.FromTicks(Time.GetTimestamp()).TotalSeconds;

    public CancellationTokenSource CancelAfter(double seconds) => new(TimeSpan.FromSeconds(seconds), Time);

    public void Dispose()
    {
        Client.Dispose();
        Direct.Dispose();
        Faults.Dispose();
        Sqs.Dispose();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
