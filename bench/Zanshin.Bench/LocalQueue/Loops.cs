using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.LocalQueue;

/// <summary>Eight loops of ten over the SDK, against one queue.</summary>
internal sealed class Loops(QueueProcess queue, IAmazonSQS client, string url)
{
    private const int Count = 8;
    private static readonly string Body = new('x', 256);

    private int _left;
    private int _done;

    public Task<Rate> SendAsync(int messages) => MeasureAsync(messages, SendTenAsync);

    public Task<Rate> ReceiveAndDeleteAsync(int messages) => MeasureAsync(messages, ReceiveTenAsync);

    /// <summary>Sends ten, receives ten, deletes ten: what waits stays as much.</summary>
    public Task<Rate> PassAsync(int messages) => MeasureAsync(messages, async () => await SendTenAsync() is 10 ? await ReceiveTenAsync() : 0);

    private async Task<Rate> MeasureAsync(int messages, Func<Task<int>> ten)
    {
        (_left, _done) = (messages, 0);
        TimeSpan began = Clock.Now, server = queue.Cpu, own = Environment.CpuUsage.TotalTime;
        await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => LoopAsync(ten)));
        return new Rate(_done, Clock.Now - began, queue.Cpu - server, Environment.CpuUsage.TotalTime - own);
    }

    private async Task LoopAsync(Func<Task<int>> ten)
    {
        while (Interlocked.Add(ref _left, -10) >= 0)
        {
            int done = await ten();
            if (done == 0)
                return;
            Interlocked.Add(ref _done, done);
        }
    }

    private async Task<int> SendTenAsync()
    {
        List<SendMessageBatchRequestEntry> entries = [.. Enumerable.Range(0, 10).Select(static n => new SendMessageBatchRequestEntry(n.ToString(CultureInfo.InvariantCulture), Body))];
        SendMessageBatchResponse answer = await client.SendMessageBatchAsync(url, entries);
        return answer.Successful.Count;
    }

    private async Task<int> ReceiveTenAsync()
    {
        ReceiveMessageResponse received = await client.ReceiveMessageAsync(new ReceiveMessageRequest(url) { MaxNumberOfMessages = 10, WaitTimeSeconds = 0 });
        if (received.Messages is not { Count: > 0 } messages)
            return 0;
        List<DeleteMessageBatchRequestEntry> entries = [.. messages.Select(static (m, n) => new DeleteMessageBatchRequestEntry(n.ToString(CultureInfo.InvariantCulture), m.ReceiptHandle))];
        DeleteMessageBatchResponse deleted = await client.DeleteMessageBatchAsync(url, entries);
        return deleted.Successful.Count;
    }
}
