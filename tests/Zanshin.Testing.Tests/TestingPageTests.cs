using System.Runtime.CompilerServices;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.LocalQueue;

namespace Zanshin.Testing.Tests;

/// <summary>The code on docs/testing.md, run; and the page has no other.</summary>
public class TestingPageTests
{
    [Fact]
    public void All_code_on_the_page_is_in_this_file() => PageCode.AllStandsIn(ThisFile(), "testing.md", blocks: 5);

    [Fact]
    public async Task The_queue_in_process()
    {
        using var sqs = new LocalSqs();
        using AmazonSQSClient client = LocalSqsClient.Create(sqs);
        string url = (await client.CreateQueueAsync("orders")).QueueUrl;

        Assert.EndsWith("/orders", url, StringComparison.Ordinal);
        await NoLeaks.VerifyAsync(async () => await client.SendMessageAsync(url, "nine"));
    }

    [Fact]
    public void Virtual_time()
    {
        var time = new VirtualTime();
        time.Run(async () =>
        {
            using var sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = time });
            using AmazonSQSClient client = LocalSqsClient.Create(sqs);
            string url = (await client.CreateQueueAsync("orders")).QueueUrl;
            await client.SendMessageAsync(url, "seven");

            await using ServiceProvider services = new ServiceCollection()
                .AddVirtualTime(time)
                .AddSingleton<IAmazonSQS>(client)
                .AddZanshin(z => z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
                {
                    await Task.Delay(TimeSpan.FromHours(2), time, cancel); // The lease is kept meanwhile.
                    return Outcome.Done;
                })))
                .BuildServiceProvider();
            var worker = services.GetRequiredService<ZanshinWorker>();
            await worker.StartAsync(default);
            await Task.Delay(TimeSpan.FromHours(3), time);
            await worker.StopAsync(default);

            Assert.Equal(1, worker.GetStatus().Queues[0].Done);
        });
        Assert.Equal(0, time.LiveTimers);
    }

    [Fact]
    public async Task Faults_by_rule()
    {
        using var sqs = new LocalSqs();
        using var faults = new SqsFaults(sqs);
        using AmazonSQSClient client = LocalSqsClient.Create(faults);

        SqsFault lost = faults.On("DeleteMessageBatch").Times(1).LoseAnswer();
        faults.On("ReceiveMessage", queue: "orders").After(2).Times(3).Fail("RequestThrottled");
        faults.On("SendMessageBatch").FailEntries(entry => entry.Body == "seven");
        faults.On("SendMessage").When(call => call.Number % 3 == 0).DelayAnswer(TimeSpan.FromSeconds(5));

        string url = (await client.CreateQueueAsync("orders")).QueueUrl;
        Assert.Single((await client.SendMessageBatchAsync(url, [new("a", "six"), new("b", "seven")])).Failed);
        string handle = (await client.ReceiveMessageAsync(url)).Messages.Single().ReceiptHandle;
        await Assert.ThrowsAsync<IOException>(() => client.DeleteMessageBatchAsync(url, [new("a", handle)]));

        using (faults.OnAny().LoseRequest())
            await Assert.ThrowsAsync<IOException>(() => client.SendMessageAsync(url, "eight"));
        await client.SendMessageAsync(url, "eight");

        Assert.Equal(2, faults.CallsOf("SendMessage", queue: "orders"));
        Assert.Equal(1, lost.Strikes);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
