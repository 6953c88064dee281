using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

public class BatchTests
{
    [Fact]
    public void A_batch_takes_what_one_receive_brings_and_one_slot() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 40);
        List<int> sizes = [];
        int atOnce = 0, most = 0, slots = 0;
        await bench.StartAsync(z =>
        {
            z.Concurrency = 2;
            z.Queue("orders", q => q.HandleBatch(Body.Text, async (batch, _, cancel) =>
            {
                sizes.Add(batch.Count);
                most = Math.Max(most, ++atOnce);
                slots = Math.Max(slots, bench.Worker.GetStatus().SlotsUsed);
                await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel);
                atOnce--;
                return Outcome.Done;
            }));
        });
        await bench.Until(() => bench.Status is { Done: 40, Settling: 0 });

        Assert.Equal([10, 10, 10, 10], sizes);
        Assert.Equal((2, 2), (most, slots));
        // A batch that ends is a batch to delete.
        Assert.Equal(4, bench.Status.Deletes);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    /// <summary>The first message, which a queue is asked for alone, took the only slot's room for as long as its batch gathered.</summary>
    [Fact]
    public void A_batch_that_gathers_for_the_only_slot_is_filled_from_a_backlog_at_once() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("orders"), 60);
        List<(double At, int Size)> batches = [];
        double began = bench.Now();
        bench.StartsWary = true;
        await bench.StartAsync(z =>
        {
            z.Concurrency = 1;
            z.Queue("orders", q => q.HandleBatch(Body.Text, (batch, _, _) =>
            {
                batches.Add((Math.Round(bench.Now() - began), batch.Count));
                return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
            }, max: 25, gather: TimeSpan.FromSeconds(10)));
        });
        await bench.Until(() => batches.Count == 3);
        Assert.Equal([(0, 25), (0, 25), (10, 10)], batches);
    });

    [Fact]
    public void A_batch_gathers_over_time_and_goes_when_it_is_full() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<(double At, int Size)> batches = [];
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(Body.Text, (batch, _, _) =>
        {
            batches.Add((Math.Round((bench.Time.GetUtcNow() - began).TotalSeconds, 1), batch.Count));
            return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
        }, max: 25, gather: TimeSpan.FromSeconds(3))));

        // One each half second: the batch goes 3 s after its first.
        for (int i = 0; i < 4; i++)
        {
            await bench.SendAsync(url, $"{i}");
            await bench.Pass(0.5);
        }
        await bench.Until(() => batches.Count == 1);
        Assert.Equal([(3.0, 4)], batches);

        // Sixty at once: two full ones at once, the rest after 3 s.
        batches.Clear();
        await bench.SendManyAsync(url, 60);
        DateTimeOffset sent = bench.Time.GetUtcNow();
        await bench.Until(() => bench.Status.Done == 64);
        Assert.Equal([25, 25, 10], batches.Select(static b => b.Size));
        Assert.True(batches[1].At - (sent - began).TotalSeconds < 1, "A full batch waits for nothing.");
        Assert.InRange((bench.Time.GetUtcNow() - sent).TotalSeconds, 2.9, 3.5);
    });

    [Fact]
    public void What_gathers_is_leased_from_its_receipt() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "2"));
        await bench.SendManyAsync(url, 3);
        int runs = 0;
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(Body.Text, async (batch, _, cancel) =>
        {
            runs += batch.Count;
            await Task.Delay(TimeSpan.FromSeconds(30), bench.Time, cancel);
            return Outcome.Done;
        }, gather: TimeSpan.FromMinutes(1))));
        await bench.Until(() => bench.Status.Done == 3);

        Assert.Equal(3, runs);
        Assert.Equal((0L, 0L), (bench.Status.LeasesLost, bench.Status.Redelivered));
    });

    [Fact]
    public void Each_message_of_a_batch_has_its_own_outcome() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead");
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":9}"""));
        await bench.SendManyAsync(url, 10);
        List<string> runs = [];
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(Body.Text, (batch, _, _) =>
        {
            var outcome = new BatchOutcome();
            foreach (Message<string> message in batch)
            {
                runs.Add($"{message.Body}@{(bench.Time.GetUtcNow() - began).TotalSeconds:0}");
                if (message.Attempt == 1)
                    outcome[message] = message.Body switch { "3" => Outcome.Retry(TimeSpan.FromSeconds(40)), "4" => Outcome.Reject("no"), _ => Outcome.Done };
            }
            return ValueTask.FromResult(outcome);
        })));
        await bench.Until(() => bench.Status is { Done: 9, Settling: 0 });

        Assert.Equal(11, runs.Count);
        Assert.Contains(runs[^1], (string[])["3@40", "3@41"]);
        Assert.Equal((9L, 1L, 1L), (bench.Status.Done, bench.Status.Retried, bench.Status.Rejected));
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void An_exception_retries_the_whole_batch_each_at_its_own_attempt() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 5);
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Retry(Backoff.Of((attempt, exception) => TimeSpan.FromSeconds(exception is TimeoutException ? 7 * attempt : 1)));
            q.HandleBatch(Body.Text, (batch, _, _) => batch[0].Attempt == 1 ? throw new TimeoutException() : ValueTask.FromResult<BatchOutcome>(Outcome.Done));
        }));
        await bench.Pass(6);
        Assert.Equal((0L, 5L, 1L), (bench.Status.Done, bench.Status.Retried, bench.Status.FailedRuns));
        await bench.Until(() => bench.Status.Done == 5, 3);
    });

    [Fact]
    public void A_body_that_cannot_be_read_is_rejected_by_itself() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead");
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":9}"""));
        await bench.SendManyAsync(url, 4);
        List<string> read = [];
        bool fails = true;
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(new AllButTwo(), (batch, _, _) =>
        {
            read.AddRange(batch.Select(static m => m.Body));
            // Whatever becomes of the others.
            if (fails)
                throw new TimeoutException();
            return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
        })));
        await bench.Until(() => bench.Status.Rejected == 1, 5);
        Assert.Equal(["0", "1", "3"], read);
        fails = false;
        await bench.Until(() => bench.Status.Done == 3);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
    });

    [Fact]
    public void A_lost_lease_cancels_the_batch_and_the_others_go_back_at_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        await bench.SendManyAsync(url, 4);
        CancelReason reason = CancelReason.None;
        List<double> runs = [];
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(Body.Text, async (batch, _, cancel) =>
        {
            runs.Add((bench.Time.GetUtcNow() - began).TotalSeconds);
            if (runs.Count > 1)
                return Outcome.Done;
            // The first of them is taken away behind the worker's back.
            await bench.Direct.DeleteMessageAsync(url, HandleOf(batch[0]), CancellationToken.None);
            try
            {
                await Task.Delay(TimeSpan.FromMinutes(10), bench.Time, cancel);
            }
            finally
            {
                reason = batch[0].Cancelled;
            }
            return Outcome.Done;
        })));
        await bench.Until(() => bench.Status.Done == 3);

        Assert.Equal(CancelReason.LeaseLost, reason);
        Assert.Equal((1L, 3L, 0L), (bench.Status.LeasesLost, bench.Status.Returned, bench.Status.Retried));
        Assert.InRange(runs[1], 19, 25);
    });

    [Fact]
    public void A_fifo_group_goes_into_one_batch_in_its_order_and_on_from_the_first_that_is_retried() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendManyAsync(url, 30, static i => $"g{i % 3}");
        List<string[]> runs = [];
        Dictionary<string, int> next = new() { ["g0"] = 0, ["g1"] = 1, ["g2"] = 2 };
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.HandleBatch(Body.Text, async (batch, _, cancel) =>
        {
            runs.Add([.. batch.Select(static m => m.Body)]);
            await Task.Delay(TimeSpan.FromMilliseconds(10), bench.Time, cancel);
            var outcome = new BatchOutcome();
            foreach (IGrouping<string?, Message<string>> group in batch.GroupBy(static m => m.Group))
            {
                bool failed = false;
                foreach (Message<string> message in group)
                {
                    failed |= message.Body == "12" && message.Attempt < 3;
                    if (failed)
                    {
                        outcome[message] = Outcome.Retry(TimeSpan.FromSeconds(2));
                        continue;
                    }
                    Assert.Equal($"{next[group.Key!]}", message.Body);
                    next[group.Key!] += 3;
                }
            }
            return outcome;
        }, max: 8)));
        await bench.Until(() => bench.Status is { Done: 30, Settling: 0 });

        Assert.Contains(runs, static r => r.Length == 8);
        // It rested here: nothing was received again.
        Assert.Equal(0, bench.Status.Redelivered);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_long_retry_sends_the_rest_of_its_group_back_and_the_done_ones_are_deleted() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendManyAsync(url, 6, static _ => "g");
        List<string> done = [];
        DateTimeOffset began = bench.Time.GetUtcNow();
        double again = 0;
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.HandleBatch(Body.Text, (batch, _, _) =>
        {
            var outcome = new BatchOutcome();
            bool failed = false;
            foreach (Message<string> message in batch)
            {
                failed |= message.Body == "2" && message.Attempt == 1;
                if (failed)
                    outcome[message] = Outcome.Retry(TimeSpan.FromMinutes(5));
                else
                    done.Add(message.Body);
                again = (bench.Time.GetUtcNow() - began).TotalSeconds;
            }
            return ValueTask.FromResult(outcome);
        }, max: 4)));
        await bench.Pass(60);
        Assert.Equal((0, 0), (bench.Status.Waiting, bench.Status.LeasesHeld));
        Assert.Equal(["0", "1"], done);
        await bench.Until(() => bench.Status is { Done: 6, Settling: 0 });

        Assert.Equal(["0", "1", "2", "3", "4", "5"], done);
        Assert.InRange(again, 300, 325);
    });

    [Fact]
    public void A_rejected_message_of_a_group_does_not_stop_it() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("a.fifo", ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":9}"""));
        await bench.SendManyAsync(url, 9, static _ => "g");
        List<string> done = [];
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.HandleBatch(Body.Text, (batch, _, _) =>
        {
            var outcome = new BatchOutcome();
            foreach (Message<string> message in batch)
            {
                if (message.Body == "1")
                    outcome[message] = Outcome.Reject("no");
                else
                    done.Add(message.Body);
            }
            return ValueTask.FromResult(outcome);
        }, max: 3)));
        await bench.Until(() => bench.Status is { Done: 8, Settling: 0 });

        Assert.Equal(["0", "2", "3", "4", "5", "6", "7", "8"], done);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
    });

    [Fact]
    public void A_stop_gives_back_what_gathers_and_waits_for_what_runs() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 13);
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(Body.Text, async (_, _, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(5), bench.Time, cancel);
            return Outcome.Done;
        }, gather: TimeSpan.FromMinutes(1))));
        await bench.Until(() => bench.Worker.GetStatus() is { Running: 10, Waiting: 3 }, 5);
        await bench.StopAsync();

        Assert.Equal((10L, 3L), (bench.Status.Done, bench.Status.Returned));
        Assert.Equal((3, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_handler_that_ignores_its_token_leaves_a_whole_batch_of_orphans_named() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 3);
        var never = new TaskCompletionSource();
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(Body.Text, async (_, _, _) =>
        {
            await never.Task;
            return Outcome.Done;
        })));
        await bench.Until(() => bench.Status.Running == 3, 5);
        await bench.StopAsync();

        Assert.Contains("3 messages in handlers", Assert.Single(bench.Log.Lines, static l => l.Id == 4).Text, StringComparison.Ordinal);
        Assert.Equal((3, 0, 0), await bench.DepthAsync(url));
        never.SetResult();
        await bench.Until(() => bench.Worker.GetStatus().TasksAlive == 0, 5);
        Assert.Equal((3, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void What_was_done_before_is_deleted_unrun_and_not_in_the_batch() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "5"));
        await bench.SendManyAsync(url, 3);
        List<string> runs = [];
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action is "ChangeMessageVisibilityBatch" or "DeleteMessageBatch" ? Fate.LostBefore : Fate.Works;
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(Body.Text, (batch, _, _) =>
        {
            runs.AddRange(batch.Select(static m => m.Body));
            return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
        })));
        await bench.Until(() => bench.Status.Unconfirmed == 3);
        down = false;
        await bench.SendAsync(url, "new");
        await bench.Until(() => bench.Status is { Done: 4, Settling: 0 });
        await bench.Pass(30);

        Assert.Equal(["0", "1", "2", "new"], runs);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_time_limit_is_the_batchs() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 3);
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.TimeLimit = TimeSpan.FromSeconds(4);
            q.HandleBatch(Body.Text, async (batch, _, cancel) =>
            {
                if (batch[0].Attempt == 1)
                    await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
                return Outcome.Done;
            });
        }));
        await bench.Until(() => bench.Status.Done == 3, 60);
        Assert.Equal((1L, 3L), (bench.Status.TimeLimits, bench.Status.Retried));
    });

    [Fact]
    public void An_outcome_for_a_message_of_another_batch_is_said_and_counts_for_nothing() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        Message? kept = null;
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(Body.Text, (batch, _, _) =>
        {
            var outcome = new BatchOutcome();
            outcome[kept ??= batch[0]] = kept == batch[0] ? Outcome.Done : Outcome.Retry();
            return ValueTask.FromResult(outcome);
        })));
        await bench.SendAsync(url, "one");
        await bench.Until(() => bench.Status.Done == 1);
        await bench.SendAsync(url, "two");
        await bench.Until(() => bench.Status.Done == 2);
        Assert.Single(bench.Log.Lines, static l => l.Id == 34);
        Assert.Equal(0, bench.Status.Retried);
    });

    [Fact]
    public void A_batch_that_fails_is_logged_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 10);
        await bench.StartAsync(z => z.Queue("orders", static q =>
            q.HandleBatch(Body.Text, static (batch, _, _) => batch[0].Attempt == 1 ? throw new TimeoutException() : ValueTask.FromResult<BatchOutcome>(Outcome.Done))));
        await bench.Until(() => bench.Status.Done == 10);

        Assert.Contains("A batch of 10 messages", Assert.Single(bench.Log.Lines, static l => l.Level == Microsoft.Extensions.Logging.LogLevel.Error).Text, StringComparison.Ordinal);
    });

    [Fact]
    public void A_batch_of_nothing_readable_is_no_success_of_its_handler() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bool down = true;
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
            q.HandleBatch(new AllButTwo(), (_, _, _) => down ? throw new TimeoutException() : ValueTask.FromResult<BatchOutcome>(Outcome.Done));
        }));
        await bench.SendAsync(url, "1");
        await bench.Until(() => bench.Status.SlotsAllowed == 1, 600);
        await bench.SendAsync(url, "2");
        await bench.Until(() => bench.Status.Rejected == 1, 60);
        Assert.Equal(1, bench.Status.SlotsAllowed);
        down = false;
        await bench.Until(() => bench.Status.Done == 1, 60);
        Assert.Equal(2, bench.Status.SlotsAllowed);
    });

    private static string HandleOf(Message message) => message.Lease.Handle;

    private sealed class AllButTwo : BodyReader<string>
    {
        public override string Read(Message message) => message.Text == "2" ? throw new FormatException() : message.Text;

        public override string Write(string body) => body;
    }
}
