using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.LocalQueue;

/// <summary>How soon a receive that waits has what is sent: from before the send to after the receive, both over the SDK.</summary>
internal static class Pokes
{
    // Until the receive waits at the queue for certain: a call takes a millisecond.
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(10);

    public static async Task<List<double>> MillisecondsAsync(IAmazonSQS client, string url, int times)
    {
        List<double> milliseconds = [];
        for (int i = 0; i < times; i++)
        {
            Task<(ReceiveMessageResponse Answer, TimeSpan At)> poll = ReceiveAsync(client, url);
            await Clock.WaitAsync(Before);
            TimeSpan began = Clock.Now;
            await client.SendMessageAsync(url, "poke");
            (ReceiveMessageResponse answer, TimeSpan at) = await poll;
            milliseconds.Add((at - began).TotalMilliseconds);
            await client.DeleteMessageAsync(url, answer.Messages.Single().ReceiptHandle);
        }
        return milliseconds;
    }

    private static async Task<(ReceiveMessageResponse Answer, TimeSpan At)> ReceiveAsync(IAmazonSQS client, string url)
    {
        ReceiveMessageResponse answer = await client.ReceiveMessageAsync(new ReceiveMessageRequest(url) { WaitTimeSeconds = 20 });
        return (answer, Clock.Now);
    }
}
