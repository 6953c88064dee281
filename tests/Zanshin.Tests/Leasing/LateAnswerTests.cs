using Amazon.SQS.Model;
using Zanshin.Tests.Rig;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Tests.Leasing;

/// <summary>An answer that was long on its way: its leases began when SQS handed the messages out.</summary>
public class LateAnswerTests
{
    [Theory]
    [InlineData("orders", 1)]
    [InlineData("orders.fifo", 1)]
    [InlineData("orders", 2)]
    [InlineData("orders.fifo", 2)]
    public void A_lease_that_was_over_before_its_answer_came_is_lost_and_not_run(string name, int receipts) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync(name, ("VisibilityTimeout", "10"));
        List<int> runs = [];
        await bench.StartAsync(z => z.Queue(name, q => q.Handle(Body.Text, (message, _, _) =>
        {
            runs.Add(message.Attempt);
            return ValueTask.CompletedTask;
        })));
        await bench.Pass(1.3);
        bench.Faults.WayBack = TimeSpan.FromSeconds(12);
        await bench.SendAsync(url, "seven", "g");
        if (receipts > 1)
            await bench.Until(() => bench.Status.LeasesLost == 1);
        bench.Worker.Quiet();
        // Another consumer, once the lease is over.
        SqsMessage other = Assert.Single((await bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, VisibilityTimeout = 600, WaitTimeSeconds = 20 })).Messages);
        await bench.Until(() => bench.Status.LeasesLost == receipts);
        await bench.Pass(60);

        Assert.Empty(runs);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 85);
        Assert.Equal(0, bench.Faults.Count("ChangeMessageVisibilityBatch"));
        await bench.Direct.DeleteMessageAsync(url, other.ReceiptHandle);
    });

    [Theory]
    [InlineData("orders")]
    [InlineData("orders.fifo")]
    public void What_is_left_of_a_lease_whose_answer_came_late_is_enough_to_extend_it(string name) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync(name, ("VisibilityTimeout", "10"));
        int runs = 0;
        await bench.StartAsync(z => z.Queue(name, q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            runs++;
            await Task.Delay(TimeSpan.FromSeconds(60), bench.Time, cancel);
        })));
        await bench.Pass(1);
        bench.Faults.WayBack = TimeSpan.FromSeconds(7);
        await bench.SendAsync(url, "seven", "g");
        await bench.Pass(0.5);
        bench.Faults.WayBack = TimeSpan.Zero;
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });

        Assert.Equal(1, runs);
        Assert.Equal((0L, 0L), (bench.Status.LeasesLost, bench.Status.Redelivered));
    });

    /// <summary>On a standard queue SQS says yes to an extension of a lease that is over and another's.</summary>
    [Fact]
    public void A_yes_to_an_extension_that_comes_after_the_deadline_is_none() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "4"));
        await bench.SendAsync(url, "one");
        // The extension is called, and the process stands still until long after the deadline.
        var clock = new JumpyClock(bench.Time);
        bench.Faults.Watch = (action, _) =>
        {
            if (action == "ChangeMessageVisibilityBatch")
                clock.JumpAfter(0, TimeSpan.FromSeconds(20));
        };
        List<CancelReason> cancelled = [];
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            if (message.Attempt > 1)
                return;
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(3), bench.Time, cancel);
            }
            finally
            {
                cancelled.Add(message.Cancelled);
            }
        })), services => Replace(services, clock, bench));
        await bench.Until(() => cancelled.Count > 0);

        Assert.Equal([CancelReason.LeaseLost], cancelled);
        Assert.Equal(0, bench.Status.LeasesExtended);
        bench.Faults.Watch = null;
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
    });

    private static void Replace(Microsoft.Extensions.DependencyInjection.IServiceCollection services, TimeProvider clock, Bench bench) =>
        Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(
            services, new Zanshin.Timing.Surroundings(clock, new Random(1), bench.Time.Context));
}
