using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Hosting;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Tests.Rig;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Tests.Leasing;

/// <summary>Time passes that the monotonic clock does not see: it goes on at SQS and on the wall clock.</summary>
public class SuspensionTests
{
    [Theory]
    [InlineData("orders", 300)]
    [InlineData("orders.fifo", 300)]
    [InlineData("orders", 40_000)]
    public void After_a_suspension_a_lease_that_is_over_is_lost_and_nothing_of_another_is_extended(string name, int seconds)
    {
        var time = new VirtualTime();
        time.Run(async () =>
        {
            var there = new SteadyClock(time);
            using var sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = there });
            using AmazonSQSClient client = LocalSqsClient.Create(sqs);
            Dictionary<string, string> attributes = new() { ["VisibilityTimeout"] = "30" };
            if (name.EndsWith(".fifo", StringComparison.Ordinal))
                attributes["FifoQueue"] = "true";
            string url = (await client.CreateQueueAsync(new CreateQueueRequest { QueueName = name, Attributes = attributes })).QueueUrl;
            await client.SendMessageAsync(new SendMessageRequest { QueueUrl = url, MessageBody = "seven", MessageGroupId = "g", MessageDeduplicationId = attributes.Count > 1 ? "1" : null });
            (CancelReason Reason, TimeSpan At)? said = null;
            await using ServiceProvider services = new ServiceCollection().AddVirtualTime(time).AddSingleton<IAmazonSQS>(client)
                .AddZanshin(z => z.Queue(name, q => q.Handle(Body.Text, async (message, _, cancel) =>
                {
                    try
                    {
                        await Task.Delay(TimeSpan.FromMinutes(10), time, cancel);
                    }
                    catch (OperationCanceledException)
                    {
                        said = (message.Cancelled, time.GetElapsedTime(0));
                        throw;
                    }
                }))).BuildServiceProvider();
            ZanshinWorker worker = services.GetRequiredService<ZanshinWorker>();
            await worker.StartAsync(default);
            await Task.Delay(TimeSpan.FromSeconds(5), time);
            worker.Quiet();
            await Task.Delay(TimeSpan.FromSeconds(30), time);
            long extended = worker.GetStatus().Queues[0].LeasesExtended;

            there.Ahead = TimeSpan.FromSeconds(seconds);
            time.JumpWallClock(there.Ahead);
            TimeSpan resumed = time.GetElapsedTime(0);
            SqsMessage other = Assert.Single((await client.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, VisibilityTimeout = 3600 })).Messages);
            await Task.Delay(TimeSpan.FromMinutes(2), time);

            Assert.Equal(CancelReason.LeaseLost, said?.Reason);
            Assert.InRange(said!.Value.At - resumed, TimeSpan.Zero, TimeSpan.FromSeconds(1.1));
            Assert.Equal((1L, extended), (worker.GetStatus().Queues[0].LeasesLost, worker.GetStatus().Queues[0].LeasesExtended));
            await client.DeleteMessageAsync(url, other.ReceiptHandle);
            await worker.StopAsync(default);
        });
    }

    /// <summary>On a standard queue SQS says yes to an extension of a lease that is over. The wall clock may have stood still too.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_yes_to_an_extension_whose_call_met_a_suspension_is_not_believed(bool wallGoesOn) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        await bench.SendAsync(url, "seven");
        var suspended = TimeSpan.FromSeconds(20);
        bench.Faults.Watch = (action, _) =>
        {
            if (action != "ChangeMessageVisibilityBatch" || bench.SqsClock.Ahead > TimeSpan.Zero)
                return;
            bench.SqsClock.Ahead = suspended;
            if (wallGoesOn)
                bench.Time.JumpWallClock(suspended);
        };
        List<CancelReason> cancelled = [];
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(25), bench.Time, cancel);
            }
            finally
            {
                cancelled.Add(message.Cancelled);
            }
        })));
        await bench.Until(() => cancelled.Count > 0);

        Assert.Equal(CancelReason.LeaseLost, cancelled[0]);
        Assert.Equal(1, bench.Status.LeasesLost);
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
    });

    /// <summary>The date of an answer that is read while a clock is being set must not be thrown away: a late one would pass as fresh.</summary>
    [Theory]
    [InlineData(300)]
    [InlineData(-300)]
    public void A_late_answer_that_is_read_while_the_clock_is_in_doubt_is_judged_when_the_doubt_is_over(int seconds) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        int runs = 0;
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, (_, _, _) =>
        {
            runs++;
            return ValueTask.CompletedTask;
        })));
        await bench.Pass(1.3);
        bench.Faults.WayBack = TimeSpan.FromSeconds(12);
        await bench.SendAsync(url, "seven");
        bench.Worker.Quiet();
        await bench.Pass(0.01);
        bench.Faults.WayBack = TimeSpan.FromSeconds(0.5);
        SqsMessage other = Assert.Single((await bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, VisibilityTimeout = 600, WaitTimeSeconds = 20 })).Messages);
        await bench.Pass(1.89);
        // Just before the answer comes.
        bench.Time.JumpWallClock(TimeSpan.FromSeconds(seconds));
        await bench.Until(() => bench.Status.LeasesLost == 1, atMost: 60);
        await bench.Pass(60);

        Assert.Equal((0, 0), (runs, bench.Faults.Count("ChangeMessageVisibilityBatch")));
        await bench.Direct.DeleteMessageAsync(url, other.ReceiptHandle);
    });

    [Theory]
    [InlineData(300, 299.0, 301.5, true, 300)] // a suspension or a pause: the server agrees with the wall clock
    [InlineData(300, -0.5, 1.2, true, 0)] // the wall clock was set
    [InlineData(-300, 60.0, 61.5, true, 61.5)] // both: it is the server that is believed
    [InlineData(0, 60.0, 61.5, true, 61.5)] // a paused machine whose wall clock nobody has set yet
    public void Whether_time_was_missed_or_a_clock_set_is_asked_of_the_server(double wall, double least, double most, bool counts, double missed) =>
        Assert.Equal(TimeSpan.FromSeconds(missed), PulseLoop.MissedOf(TimeSpan.FromSeconds(wall), (TimeSpan.FromSeconds(least), TimeSpan.FromSeconds(most)), counts));

    [Theory]
    [InlineData(300, true, 0)]
    [InlineData(300, false, 300)]
    [InlineData(-300, false, 0)]
    public void Without_a_server_that_tells_the_time_a_clock_that_counts_suspensions_is_believed_else_the_wall_clock(double wall, bool counts, double missed) =>
        Assert.Equal(TimeSpan.FromSeconds(missed), PulseLoop.MissedOf(TimeSpan.FromSeconds(wall), null, counts));
}
