using System.Text.Json.Nodes;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

public class FifoTests
{
    [Fact]
    public void Groups_run_in_parallel_and_in_order_inside() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendManyAsync(url, 60, static i => $"g{i % 6}");
        var seen = new Seen();
        await bench.StartAsync(z => Fifo(z, seen, 20, async (message, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel);
            return Outcome.Done;
        }));
        await bench.Until(() => bench.Status.Done == 60);

        seen.AssertInOrder();
        Assert.Equal(1, seen.MostPerGroup);
        Assert.True(seen.MostAtOnce >= 4, $"{seen.MostAtOnce} groups at once");
    });

    [Fact]
    public void A_receive_brings_up_to_ten() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendManyAsync(url, 100, static i => $"g{i % 50}");
        int most = 0;
        bench.Faults.Edit = (action, answer) => most = action == "ReceiveMessage" && answer["Messages"] is JsonArray messages ? Math.Max(most, messages.Count) : most;
        var seen = new Seen();
        await bench.StartAsync(z => Fifo(z, seen, 20, static (_, _) => ValueTask.FromResult(Outcome.Done)));
        await bench.Until(() => bench.Status.Done == 100);

        seen.AssertInOrder();
        Assert.Equal(10, most);
    });

    [Fact]
    public void Many_groups_use_all_slots() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendManyAsync(url, 500, static i => $"g{i % 100}");
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(15);
        var seen = new Seen();
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StartAsync(z => Fifo(z, seen, 50, async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel);
            return Outcome.Done;
        }));
        await bench.Until(() => bench.Status.Done == 500, 100);

        seen.AssertInOrder();
        Assert.Equal(50, seen.MostAtOnce);
        // 500 seconds of work on 50 slots; each receive brings whole groups, of which one message can run. At the end fewer groups than slots are left.
        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 10, 11.5);
    });

    [Fact]
    public void A_held_group_keeps_its_leases_while_its_head_rests() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "4"));
        await bench.SendManyAsync(url, 8, static _ => "g");
        List<(string Body, int Attempt, string Receives)> runs = [];
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.Handle(Body.Text, (message, _, _) =>
        {
            runs.Add((message.Body, message.Attempt, message.SystemAttributes["ApproximateReceiveCount"]));
            return ValueTask.FromResult(message.Body == "0" && message.Attempt < 4 ? Outcome.Retry(TimeSpan.FromSeconds(30)) : Outcome.Done);
        })));
        await bench.Until(() => bench.Status is { Done: 8, Settling: 0 }, 100);

        Assert.Equal(Enumerable.Range(1, 4).Select(static n => ("0", n, "1")).Concat(Enumerable.Range(1, 7).Select(static i => ($"{i}", 1, "1"))), runs);
        Assert.Equal((0L, 0L), (bench.Status.LeasesLost, bench.Status.Redelivered));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Theory]
    [InlineData(1, 60)] // sooner than 30 s: the head is run again here
    [InlineData(45, 400)] // later: the whole lane goes back
    public void A_failing_head_holds_its_group_and_only_its_group(int delay, int most) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendManyAsync(url, 30, static i => $"g{i % 3}");
        var seen = new Seen();
        await bench.StartAsync(z => Fifo(z, seen, 10, (message, _) =>
            ValueTask.FromResult(message.Body == "3" && message.Attempt < 3 ? Outcome.Retry(TimeSpan.FromSeconds(delay)) : Outcome.Done)));
        await bench.Until(() => bench.Status.Done == 30, most);

        seen.AssertInOrder();
        Assert.Equal(32, seen.Count);
    });

    [Fact]
    public void A_short_retry_does_not_raise_the_receive_count_of_those_behind() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendManyAsync(url, 5, static _ => "g");
        List<(string Body, int Attempt, string Receives)> runs = [];
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.Handle(Body.Text, (message, _, _) =>
        {
            runs.Add((message.Body, message.Attempt, message.SystemAttributes["ApproximateReceiveCount"]));
            return ValueTask.FromResult(message.Body == "0" && message.Attempt < 4 ? Outcome.Retry(TimeSpan.FromSeconds(2)) : Outcome.Done);
        })));
        await bench.Until(() => bench.Status.Done == 5);

        Assert.Equal([("0", 1, "1"), ("0", 2, "1"), ("0", 3, "1"), ("0", 4, "1"), ("1", 1, "1"), ("2", 1, "1"), ("3", 1, "1"), ("4", 1, "1")], runs);
    });

    [Fact]
    public void After_three_local_runs_the_lane_goes_back_and_comes_again_in_order() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendManyAsync(url, 5, static _ => "g");
        var seen = new Seen();
        await bench.StartAsync(z => Fifo(z, seen, 10, (message, _) =>
            ValueTask.FromResult(message.Body == "0" && message.Attempt < 7 ? Outcome.Retry(TimeSpan.FromSeconds(2)) : Outcome.Done)));
        await bench.Until(() => bench.Status.Done == 5);

        seen.AssertInOrder();
        // Four runs at each receipt; the attempts of the nth are n to n + 3, and the seventh attempt is done.
        Assert.Equal(4 * 4 + 4, seen.Count);
    });

    [Fact]
    public void When_a_running_heads_lease_is_lost_those_behind_do_not_run_past_it() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 6, static _ => "g");
        var seen = new Seen();
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action == "ChangeMessageVisibilityBatch" ? Fate.LostBefore : Fate.Works;
        await bench.StartAsync(z => Fifo(z, seen, 10, async (message, cancel) =>
        {
            if (seen.Count == 1)
                await Task.Delay(TimeSpan.FromMinutes(1), bench.Time, cancel);
            return Outcome.Done;
        }));
        await bench.Until(() => bench.Status.LeasesLost > 0);
        down = false;
        await bench.Until(() => bench.Status.Done == 6);

        seen.AssertInOrder();
    });

    [Fact]
    public void Those_behind_a_head_whose_lease_alone_is_lost_go_back_before_they_run() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 4, static _ => "g");
        List<(string Body, int Attempt)> runs = [];
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            runs.Add((message.Body, message.Attempt));
            if (message.Body != "0")
                return;
            // Somebody else has dealt with it: its receipt is refused from here on, those of the others are not.
            await bench.Direct.DeleteMessageAsync(url, message.Receipt(), CancellationToken.None);
            await Task.Delay(TimeSpan.FromMinutes(1), bench.Time, cancel);
        })));
        await bench.Until(() => bench.Status.Done == 3);
        Assert.Equal([("0", 1), ("1", 2), ("2", 2), ("3", 2)], runs);
    });

    [Fact]
    public void A_rejected_head_lets_its_group_go_on_after_it() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("a.fifo", ("RedrivePolicy", await RedriveTo(bench, dead, 5)));
        await bench.SendManyAsync(url, 4, static _ => "g");
        var seen = new Seen();
        await bench.StartAsync(z => Fifo(z, seen, 10, (message, _) => ValueTask.FromResult(message.Body == "1" ? Outcome.Reject("bad") : Outcome.Done)));
        await bench.Until(() => bench.Status.Done == 3 && bench.Status.Settling == 0);

        seen.AssertInOrder();
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Theory]
    [InlineData(2)] // each receive has four runs here
    [InlineData(60)] // each failure gives the group back
    public void A_head_that_always_fails_goes_to_the_dead_letter_queue_alone(int delay) => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("a.fifo", ("RedrivePolicy", await RedriveTo(bench, dead, 3)));
        await bench.SendManyAsync(url, 8, static _ => "g");
        var seen = new Seen();
        await bench.StartAsync(z =>
        {
            z.Queue("a.fifo", q => q.Retry(Backoff.Of((_, _) => TimeSpan.FromSeconds(delay))));
            Fifo(z, seen, 10, static (message, _) => message.Body == "0" ? throw new InvalidOperationException("no stock") : ValueTask.FromResult(Outcome.Done));
        });
        await bench.Until(() => bench.Status is { Done: 7, Settling: 0 });

        seen.AssertInOrder();
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
        Amazon.SQS.Model.Message copy = Assert.Single((await bench.Direct.ReceiveMessageAsync(new Amazon.SQS.Model.ReceiveMessageRequest(dead) { MessageAttributeNames = ["All"] })).Messages);
        Assert.Equal("0", copy.Body);
        Assert.Contains("receive 3 of 3: InvalidOperationException: no stock", copy.MessageAttributes["zanshin-reject"].StringValue, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public void A_batchs_head_that_always_fails_goes_to_the_dead_letter_queue_alone(int delay) => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("a.fifo", ("RedrivePolicy", await RedriveTo(bench, dead, 3)));
        await bench.SendManyAsync(url, 8, static _ => "g");
        List<string> done = [];
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.HandleBatch(Body.Text, (batch, _, _) =>
        {
            var outcome = new BatchOutcome(Outcome.Done);
            bool failed = false;
            foreach (Message<string> message in batch)
            {
                failed |= message.Body == "0";
                if (failed)
                    outcome[message] = Outcome.Retry(TimeSpan.FromSeconds(delay));
                else
                    done.Add(message.Body);
            }
            return ValueTask.FromResult(outcome);
        })));
        await bench.Until(() => bench.Status is { Done: 7, Settling: 0 });

        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], done);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void Who_stood_behind_a_failing_head_to_its_last_receive_may_still_fail_once() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("a.fifo", ("RedrivePolicy", await RedriveTo(bench, dead, 3)));
        await bench.SendManyAsync(url, 4, static _ => "g");
        var seen = new Seen();
        bool failed = false;
        await bench.StartAsync(z => Fifo(z, seen, 10, (message, _) =>
        {
            bool fails = message.Body == "0" || (message.Body == "1" && !failed);
            failed |= message.Body == "1";
            return ValueTask.FromResult(fails ? Outcome.Retry(TimeSpan.FromSeconds(60)) : Outcome.Done);
        }));
        await bench.Until(() => bench.Status is { Done: 3, Settling: 0 });

        seen.AssertInOrder();
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
    });

    [Fact]
    public void Where_rejects_are_left_to_the_redrive_policy_so_is_a_head_that_always_fails() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("a.fifo", ("RedrivePolicy", await RedriveTo(bench, dead, 3)));
        await bench.SendAsync(url, "0", "g");
        var seen = new Seen();
        await bench.StartAsync(z =>
        {
            z.Queue("a.fifo", static q => q.Reject = RejectPolicy.Redrive);
            Fifo(z, seen, 10, static (_, _) => ValueTask.FromResult(Outcome.Retry(TimeSpan.FromSeconds(60))));
        });
        await bench.Pass(600);

        Assert.Equal(0, bench.Status.Rejected);
        Amazon.SQS.Model.Message moved = Assert.Single((await bench.Direct.ReceiveMessageAsync(new Amazon.SQS.Model.ReceiveMessageRequest(dead) { MessageAttributeNames = ["All"] })).Messages);
        Assert.Empty(moved.MessageAttributes ?? []);
    });

    [Fact]
    public void One_groups_backlog_does_not_keep_the_others_from_being_received() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        for (int i = 0; i < 60; i++)
            await bench.SendAsync(url, $"{i}", "big");
        for (int i = 0; i < 20; i++)
            await bench.SendAsync(url, $"{i}", $"small{i % 5}");
        var seen = new Seen();
        await bench.StartAsync(z => Fifo(z, seen, 5, async (message, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel);
            return Outcome.Done;
        }));
        await bench.Until(() => seen.Groups.Count(g => g.StartsWith("small", StringComparison.Ordinal)) == 20, 30);
        await bench.Until(() => bench.Status.Done == 80, 100);

        seen.AssertInOrder();
    });

    [Fact]
    public void A_head_over_its_time_limit_whose_lease_is_lost_as_well_does_not_rest_here() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 3, static _ => "g");
        var seen = new Seen();
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action == "ChangeMessageVisibilityBatch" ? Fate.LostBefore : Fate.Works;
        await bench.StartAsync(z =>
        {
            z.Queue("a.fifo", static q => q.TimeLimit = TimeSpan.FromSeconds(2));
            Fifo(z, seen, 10, async (message, _) =>
            {
                if (seen.Count > 1)
                    return Outcome.Done;
                await Task.Delay(TimeSpan.FromSeconds(20), bench.Time, CancellationToken.None);
                throw new TimeoutException();
            });
        });
        await bench.Until(() => bench.Status.LeasesLost > 0);
        down = false;
        await bench.Until(() => bench.Status.Done == 3, 200);

        seen.AssertInOrder();
    });

    [Fact]
    public void A_head_that_could_not_be_rejected_is_not_overtaken() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "60"), ("RedrivePolicy", await RedriveTo(bench, dead, 5)));
        await bench.SendManyAsync(url, 4, static _ => "g");
        var seen = new Seen();
        bool down = true;
        // Only the rejected head's lease, which it has shortened, is lost.
        bench.Faults.Rule = (action, n) => down && (action == "SendMessage" || (action == "ChangeMessageVisibilityBatch" && n > 0)) ? Fate.LostBefore : Fate.Works;
        await bench.StartAsync(z => Fifo(z, seen, 10, async (message, cancel) =>
        {
            if (message.Body != "1")
                return Outcome.Done;
            if (down)
                await message.Lease.ExtendAsync(TimeSpan.FromSeconds(1), cancel);
            return Outcome.Reject("bad");
        }));
        await bench.Until(() => bench.Status.LeasesLost > 0);
        down = false;
        await bench.Until(() => bench.Status is { Done: 3, Settling: 0 });

        seen.AssertInOrder();
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_lanes_last_delete_goes_out_at_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendManyAsync(url, 2, static i => $"g{i}");
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.Handle(Body.Text, async (message, _, cancel) =>
            await Task.Delay(TimeSpan.FromSeconds(message.Body == "0" ? 1 : 30), bench.Time, cancel))));
        await bench.Until(() => bench.Status.Done == 1);
        await bench.Pass(0.01);

        Assert.Equal(1, bench.Faults.Count("DeleteMessageBatch"));
    });

    private static async Task<string> RedriveTo(Bench bench, string dead, int maxReceives)
    {
        string arn = (await bench.Direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
        return $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":{{maxReceives}}}""";
    }

    private static void Fifo(ZanshinBuilder z, Seen seen, int concurrency, Func<Message<string>, CancellationToken, ValueTask<Outcome>> handle)
    {
        z.Concurrency = concurrency;
        z.Queue("a.fifo", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            using (seen.Run(message.Group!, int.Parse(message.Body)))
                return await handle(message, cancel);
        }));
    }
}
