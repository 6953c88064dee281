using Amazon.SQS.Model;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Settling;

/// <summary>A redrive policy that changes while the worker works.</summary>
public class RedriveTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rejects_go_to_the_dead_letter_queue_that_the_queue_has_now(bool oldOneIsDeleted) => Bench.Run(async bench =>
    {
        string old = await bench.QueueAsync("dead-1"), young = await bench.QueueAsync("dead-2");
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", Policy("dead-1")));
        int runs = 0;
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, (_, _, _) =>
        {
            runs++;
            return ValueTask.FromResult(Outcome.Reject("no such customer"));
        })));
        await bench.Direct.SetQueueAttributesAsync(url, new Dictionary<string, string> { ["RedrivePolicy"] = Policy("dead-2") });
        if (oldOneIsDeleted)
            await bench.Direct.DeleteQueueAsync(old);
        await bench.Pass(1.5);
        await bench.SendAsync(url, "x");
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 }, 10);

        Assert.Equal(1, runs);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(young));
        Assert.Contains("dead-2 after 3 receives", Assert.Single(bench.Log.Lines, static l => l.Id == 73).Text, StringComparison.Ordinal);
    });

    /// <summary>What was read a moment before the change is no older than a copy may rest on; then the copy is refused.</summary>
    [Fact]
    public void A_copy_that_is_refused_goes_to_the_queue_that_the_policy_names_by_then() => Bench.Run(async bench =>
    {
        string old = await bench.QueueAsync("dead-1"), young = await bench.QueueAsync("dead-2");
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", Policy("dead-1")));
        int runs = 0;
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, (_, _, _) =>
        {
            runs++;
            return ValueTask.FromResult(Outcome.Reject("no such customer"));
        })));
        await bench.Pass(5);
        await bench.SendAsync(url, "x");
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 }, 10);
        await bench.Direct.SetQueueAttributesAsync(url, new Dictionary<string, string> { ["RedrivePolicy"] = Policy("dead-2") });
        await bench.Direct.DeleteQueueAsync(old);
        await bench.SendAsync(url, "y");
        await bench.Until(() => bench.Status is { Rejected: 2, Settling: 0 }, 10);

        Assert.Equal((2, 0L), (runs, bench.Status.Retried));
        Assert.Equal((1, 0, 0), await bench.DepthAsync(young));
        Assert.Equal(2, bench.Status.AttributeReads);
    });

    [Fact]
    public void A_policy_that_comes_later_is_found_and_one_that_goes_makes_rejects_retries() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead-1");
        string url = await bench.QueueAsync("orders");
        await bench.StartAsync(static z => z.Queue("orders", static q =>
        {
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(10)));
            q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Reject("bad")));
        }));
        await bench.Pass(2);
        await bench.SendAsync(url, "x");
        await bench.Until(() => bench.Status.Retried == 1);
        await bench.Direct.SetQueueAttributesAsync(url, new Dictionary<string, string> { ["RedrivePolicy"] = Policy("dead-1") });
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 }, 60);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));

        await bench.Direct.SetQueueAttributesAsync(url, new Dictionary<string, string> { ["RedrivePolicy"] = "" });
        await bench.Pass(2);
        await bench.SendAsync(url, "y");
        await bench.Until(() => bench.Status.Retried == 2, 60);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
    });

    [Fact]
    public void Where_the_policy_may_not_be_read_any_more_what_is_known_counts_and_is_asked_for_once_a_minute() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead-1");
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", Policy("dead-1")));
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Reject("bad")))));
        bench.Faults.Rule = static (action, _) => action == "GetQueueAttributes" ? Fate.Denied : Fate.Works;
        for (int i = 1; i <= 30; i++)
        {
            await bench.Pass(3);
            await bench.SendAsync(url, $"{i}");
            await bench.Until(() => bench.Status.Rejected == i, 2);
        }
        Assert.Equal((30, 0, 0), await bench.DepthAsync(dead));
        Assert.InRange(bench.Status.AttributeReads, 1, 2);
        Assert.Contains("Cannot read the redrive policy on orders", Assert.Single(bench.Log.Lines, static l => l.Id == 10).Text, StringComparison.Ordinal);
    });

    [Fact]
    public void Reading_the_policy_costs_nothing_without_failures_and_one_request_a_second_at_most_with_many() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("dead-1");
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", Policy("dead-1")));
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel);
            return message.Text[0] == 'b' ? Outcome.Reject("bad") : Outcome.Done;
        })));
        await bench.Pass(3600);
        for (int i = 0; i < 100; i++)
            await bench.SendAsync(url, $"good {i}");
        await bench.Until(() => bench.Status is { Done: 100, Settling: 0 });
        Assert.Equal(0, bench.Status.AttributeReads);

        double began = bench.Now();
        for (int i = 0; i < 400; i++)
            await bench.SendAsync(url, $"bad {i}");
        await bench.Until(() => bench.Status is { Rejected: 400, Settling: 0 });
        Assert.InRange(bench.Status.AttributeReads, 1, bench.Now() - began + 1);
    });

    private static string Policy(string dead) => $$"""{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:{{dead}}","maxReceiveCount":3}""";
}
