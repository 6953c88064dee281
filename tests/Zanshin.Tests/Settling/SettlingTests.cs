using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Settling;

public class SettlingTests
{
    [Fact]
    public void A_lone_message_is_deleted_at_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await Worked(bench, (_, _) => ValueTask.FromResult(Outcome.Done));
        await bench.SendAsync(url, "one");
        await bench.Pass(0.001);

        Assert.Equal(1, bench.Faults.Count("DeleteMessageBatch"));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void Under_load_deletes_go_out_in_tens() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 500);
        await Worked(bench, async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel);
            return Outcome.Done;
        });
        await bench.Until(() => bench.Status is { Done: 500, Settling: 0 });

        Assert.InRange(bench.Status.Deletes, 50, 55);
        Assert.InRange(bench.Status.Requests / 500.0, 0.2, 0.23);
    });

    [Theory]
    [InlineData(Fate.LostBefore)]
    [InlineData(Fate.LostAfter)]
    [InlineData(Fate.ServerError)]
    [InlineData(Fate.Throttled)]
    [InlineData(Fate.Malformed)]
    [InlineData(Fate.Hangs)]
    internal void A_failed_delete_is_repeated_while_the_lease_is_kept(Fate fate) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 20);
        bench.Faults.Rule = (action, n) => action == "DeleteMessageBatch" && n < 8 ? fate : Fate.Works;
        int runs = 0;
        await Worked(bench, (_, _) =>
        {
            runs++;
            return ValueTask.FromResult(Outcome.Done);
        });
        await bench.Until(() => bench.Status is { Done: 20, Settling: 0 });

        Assert.Equal(20, runs);
        Assert.Equal(0, bench.Status.Unconfirmed);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void The_unsettled_are_bounded_and_receiving_pauses_with_them() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 200);
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action == "DeleteMessageBatch" ? Fate.Throttled : Fate.Works;
        await Worked(bench, (_, _) => ValueTask.FromResult(Outcome.Done));
        await bench.Pass(60);
        Assert.InRange(bench.Status.Settling, 35, 40); // 2 x 10 + 20
        Assert.True(bench.Status.Received < 100);
        down = false;
        await bench.Until(() => bench.Status is { Done: 200, Settling: 0 });
    });

    [Fact]
    public void A_queue_whose_deletes_fail_does_not_stop_another() => Bench.Run(async bench =>
    {
        using var broken = new LocalSqs(new LocalSqsOptions { TimeProvider = bench.Time, Seed = 2 });
        var faults = new Faults(broken, bench.Time) { Rule = static (action, _) => action == "DeleteMessageBatch" ? Fate.ServerError : Fate.Works };
        using AmazonSQSClient client = LocalSqsClient.Create(faults);
        string bad = (await client.CreateQueueAsync("bad")).QueueUrl, good = await bench.QueueAsync("good");
        for (int i = 0; i < 100; i++)
            await client.SendMessageAsync(bad, "x");
        await bench.StartAsync(
            static z =>
            {
                z.Concurrency = 5;
                z.Queue("bad", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
                z.Queue("good", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
            },
            services => services.AddKeyedSingleton<IAmazonSQS>("bad", client));
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].Settling == 30, 120);
        await bench.SendManyAsync(good, 50);
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 50, 60);
        faults.Rule = static (_, _) => Fate.Works;
        await bench.StopAsync();
    });

    [Fact]
    public void A_retry_comes_again_after_its_delay() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        List<double> at = [];
        await Worked(bench, (message, _) =>
        {
            at.Add((bench.Time.GetUtcNow() - message.SentAt).TotalSeconds);
            return ValueTask.FromResult(message.Attempt == 1 ? Outcome.Retry(TimeSpan.FromSeconds(42.2)) : Outcome.Done);
        });
        await bench.Until(() => bench.Status.Done == 1);

        Assert.Equal(2, at.Count);
        Assert.InRange(at[1] - at[0], 43, 43.1);
    });

    [Fact]
    public void An_exception_is_a_retry_on_the_queues_schedule() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        List<double> at = [];
        await bench.StartAsync(z => z.Queue("orders", q => q
            .Retry(Backoff.Delays(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(7)))
            .Handle(Body.Text, (message, _, _) =>
            {
                at.Add((bench.Time.GetUtcNow() - message.SentAt).TotalSeconds);
                if (message.Attempt <= 3)
                    throw new InvalidOperationException("not yet");
                return ValueTask.FromResult(Outcome.Done);
            })));
        await bench.Until(() => bench.Status.Done == 1);

        Assert.Equal(3, bench.Status.FailedRuns);
        Assert.Equal([3.0, 7.0, 7.0], at.Zip(at.Skip(1), static (a, b) => Math.Round(b - a)));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 20 && l.Text.Contains("not yet", StringComparison.Ordinal));
    });

    [Fact]
    public void A_reject_copies_the_message_with_its_reason_and_deletes_it() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench);
        await bench.SendAsync(url, "bad one", type: "t");
        await Worked(bench, (_, _) => ValueTask.FromResult(Outcome.Reject("it \"smells\"")));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });

        Amazon.SQS.Model.Message copy = Assert.Single((await bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = dead, MessageAttributeNames = ["All"] })).Messages);
        Assert.Equal("bad one", copy.Body);
        Assert.Equal("t", copy.MessageAttributes["zanshin-type"].StringValue);
        using JsonDocument reason = JsonDocument.Parse(copy.MessageAttributes["zanshin-reject"].StringValue);
        Assert.Equal("it \"smells\"", reason.RootElement.GetProperty("reason").GetString());
        Assert.EndsWith(":orders", reason.RootElement.GetProperty("source").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, reason.RootElement.GetProperty("count").GetInt32());
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_reject_whose_copy_fails_deletes_nothing_until_it_works() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench);
        await bench.SendAsync(url, "bad one");
        bench.Faults.Rule = (action, n) => action == "SendMessage" && n < 5 ? Fate.ServerError : Fate.Works;
        await Worked(bench, (_, _) => ValueTask.FromResult(Outcome.Reject("bad")));
        await bench.Until(() => bench.Faults.Count("SendMessage") == 4);
        Assert.Equal((0, 1, 0), await bench.DepthAsync(url));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    /// <summary>The copy could not be measured: nothing was copied, logged or retried, and the group ran on past its unsettled head.</summary>
    [Fact]
    public void A_reject_whose_handler_has_closed_a_binary_attribute_is_copied_all_the_same() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("orders.fifo", ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":9}"""));
        foreach (string body in (string[])["bad", "good"])
        {
            await bench.Direct.SendMessageAsync(new SendMessageRequest(url, body)
            {
                MessageGroupId = "g",
                MessageDeduplicationId = body,
                MessageAttributes = new() { ["bytes"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([1, 2, 3]) } },
            });
        }
        await bench.StartAsync(static z => z.Queue("orders.fifo", static q => q.Handle(Body.Text, static (message, _, _) =>
        {
            using (message.Attributes["bytes"].BinaryValue)
                return ValueTask.FromResult(message.Body == "bad" ? Outcome.Reject("bad") : Outcome.Done);
        })));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 }, 60);

        Amazon.SQS.Model.Message copy = Assert.Single((await bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = dead, MessageAttributeNames = ["All"] })).Messages);
        Assert.Equal("bad", copy.Body);
        Assert.Equal([1, 2, 3], copy.MessageAttributes["bytes"].BinaryValue.ToArray());
        Assert.Equal((1L, 0L), (bench.Status.Rejected, bench.Status.Retried));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_reject_of_which_no_copy_can_be_made_is_retried_and_that_is_said() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench);
        await bench.SendAsync(url, "bad one", type: "t");
        double end = bench.Now() + 35;
        bench.Faults.Rule = (action, _) => action == "SendMessage" && bench.Now() < end ? Fate.ServerError : Fate.Works;
        await Worked(bench, static (_, _) => ValueTask.FromResult(Outcome.Reject("bad")));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 }, 120);
        Assert.InRange(bench.Status.Retried, 1, 2);
        Assert.Contains("Cannot reject on orders: Server", Assert.Single(bench.Log.Lines, static l => l.Id == 10).Text, StringComparison.Ordinal);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
    });

    /// <summary>An answer without a message id was taken for a yes, and the message was deleted with no copy of it anywhere. Found by the simulation.</summary>
    [Fact]
    public void A_reject_whose_copy_is_not_confirmed_by_its_id_deletes_nothing() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench);
        await bench.SendAsync(url, "bad one");
        bench.Faults.Rule = static (action, n) => action == "SendMessage" && n == 0 ? Fate.NoResult : Fate.Works;
        await Worked(bench, static (_, _) => ValueTask.FromResult(Outcome.Reject("bad")));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_dead_letter_queue_that_takes_nothing_makes_rejects_retries_and_does_not_stop_other_queues() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench, maxReceives: 100);
        string other = await bench.QueueAsync("other");
        await bench.SendManyAsync(url, 60);
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action == "SendMessage" ? Fate.ServerError : Fate.Works;
        await bench.StartAsync(z =>
        {
            z.Concurrency = 2;
            z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Reject("bad"))));
            z.Queue("other", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Done)));
        });
        await bench.Pass(300);
        await bench.SendAsync(other, "good one");
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 1, 1200);
        down = false;
        await bench.Until(() => bench.Status is { Rejected: 60, Settling: 0 }, 36000);
        Assert.Equal((60, 0, 0), await bench.DepthAsync(dead));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_rejected_message_that_was_copied_but_not_deleted_is_deleted_unrun_when_it_comes_again() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench);
        await bench.SendAsync(url, "bad one");
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action is "DeleteMessageBatch" or "ChangeMessageVisibilityBatch" && down ? Fate.LostBefore : Fate.Works;
        int runs = 0;
        await Worked(bench, (_, _) =>
        {
            runs++;
            return ValueTask.FromResult(Outcome.Reject("bad"));
        });
        await bench.Until(() => bench.Status.LeasesLost > 0);
        down = false;
        await bench.Pass(120);
        Assert.Equal(1, runs);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_delete_on_a_handle_that_was_replaced_meanwhile_is_repeated_on_the_new_one() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        bench.Faults.Rule = static (action, n) => action == "DeleteMessageBatch" && n == 0 ? Fate.Late : Fate.Works;
        int runs = 0;
        string handle = "";
        await Worked(bench, (message, _) =>
        {
            runs++;
            handle = message.Lease.Handle;
            return ValueTask.FromResult(Outcome.Done);
        });
        await bench.Until(() => bench.Faults.Count("DeleteMessageBatch") == 1);
        // SQS may hand out a message twice; here it does so because it was made visible.
        await bench.Direct.ChangeMessageVisibilityAsync(url, handle, 0);
        await bench.Pass(60);
        Assert.Equal(1, runs);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Theory]
    [InlineData(Fate.Throttled)]
    [InlineData(Fate.EachFails)]
    public void In_an_outage_one_batch_at_a_time_finds_out_whether_it_is_over(Fate fate) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 300);
        bool down = true;
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(10);
        bench.Faults.Rule = (action, _) => down && action == "DeleteMessageBatch" ? fate : Fate.Works;
        await bench.StartAsync(static z =>
        {
            z.Concurrency = 100;
            z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Done)));
        });
        await bench.Until(() => bench.Status.Settling > 200, 30);
        await bench.Pass(10);
        int before = bench.Faults.Count("DeleteMessageBatch");
        await bench.Pass(60);
        // More than twenty batches are waiting.
        Assert.InRange(bench.Faults.Count("DeleteMessageBatch") - before, 60, 125);
        down = false;
        await bench.Until(() => bench.Status is { Done: 300, Settling: 0 }, 3);
    });

    [Fact]
    public void A_message_that_stands_twice_in_one_answer_is_run_and_deleted_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 30);
        // The same receipt, too, may come twice.
        bench.Faults.Edit = static (action, answer) =>
        {
            if (action == "ReceiveMessage" && answer["Messages"] is JsonArray messages)
                answer["Messages"] = new JsonArray([.. messages.Concat(messages).Select(static m => m!.DeepClone())]);
        };
        Dictionary<string, int> runs = [];
        await Worked(bench, async (message, cancel) =>
        {
            runs[message.Body] = runs.GetValueOrDefault(message.Body) + 1;
            await Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel);
            return Outcome.Done;
        });
        await bench.Until(() => bench.Status is { Done: >= 30, Settling: 0 });
        await bench.Pass(60);
        Assert.Equal(30, runs.Count);
        Assert.All(runs, static run => Assert.Equal(1, run.Value));
        Assert.Equal((30L, 0L), (bench.Status.Done, bench.Status.Unconfirmed));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_message_that_comes_again_while_it_runs_is_deleted_once_by_its_newer_receipt() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 10);
        int runs = 0, entries = 0;
        bench.Faults.Edit = (action, answer) => entries += action == "DeleteMessageBatch" ? answer["Successful"]!.AsArray().Count : 0;
        await Worked(bench, async (message, cancel) =>
        {
            runs++;
            await bench.Direct.ChangeMessageVisibilityAsync(url, message.Receipt(), 0, CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(25), bench.Time, cancel);
            return Outcome.Done;
        });
        await bench.Until(() => bench.Status is { Done: >= 10, Settling: 0 });
        await bench.Pass(60);
        Assert.Equal((10, 10), (runs, entries));
        Assert.Equal((20L, 10L, 0L), (bench.Status.Received, bench.Status.Redelivered, bench.Status.LeasesLost));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_repeated_batch_is_one_repeated_request() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 10);
        bench.Faults.Rule = static (action, n) => action == "DeleteMessageBatch" && n < 2 ? Fate.ServerError : Fate.Works;
        await Worked(bench, static (_, _) => ValueTask.FromResult(Outcome.Done));
        await bench.Until(() => bench.Status is { Done: 10, Settling: 0 });
        Assert.Equal(bench.Status.Deletes - 1, bench.Status.RepeatedRequests);
    });

    [Theory]
    [InlineData("ChangeMessageVisibilityBatch")]
    [InlineData("SendMessage")]
    public void A_repeated_extension_and_a_repeated_copy_are_repeated_requests_too(string call) => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead");
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"), ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":9}"""));
        await bench.SendAsync(url, "one");
        bench.Faults.Rule = (action, n) => action == call && n < 2 ? Fate.ServerError : Fate.Works;
        await Worked(bench, async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(29), bench.Time, cancel);
            return Outcome.Reject("bad");
        });
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });
        Assert.Equal((2L, 1), (bench.Status.RepeatedRequests, (await bench.DepthAsync(dead)).Visible));
    });

    [Fact]
    public void A_reject_is_a_delete_where_the_queue_says_so() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "bad one");
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.Handle(Body.Text, (_, _, _) => ValueTask.FromResult(Outcome.Reject("bad")));
        }));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(0, bench.Status.Done);
    });

    [Fact]
    public void Without_a_dead_letter_queue_a_reject_is_a_retry_and_the_start_warns() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "bad one");
        await Worked(bench, (message, _) => ValueTask.FromResult(message.Attempt < 3 ? Outcome.Reject("bad") : Outcome.Done));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal(2, bench.Status.Retried);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 8 && l.Text.Contains("no dead-letter queue", StringComparison.Ordinal));
    });

    [Fact]
    public void Left_to_the_policy_a_rejected_message_reaches_the_dead_letter_queue_by_its_receive_count() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench, maxReceives: 3);
        await bench.SendAsync(url, "bad one");
        int runs = 0;
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Reject = RejectPolicy.Redrive;
            q.Handle(Body.Text, (_, _, _) =>
            {
                runs++;
                return ValueTask.FromResult(Outcome.Reject("bad"));
            });
        }));
        await bench.Pass(60);
        Assert.Equal(3, runs);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
    });

    private static Task Worked(Bench bench, Func<Message<string>, CancellationToken, ValueTask<Outcome>> handle) =>
        bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, (message, _, cancel) => handle(message, cancel))));

    private static async Task<(string Url, string Dead)> WithDeadLetters(Bench bench, int maxReceives = 5)
    {
        string dead = await bench.QueueAsync("dead");
        string arn = (await bench.Direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
        return (await bench.QueueAsync("orders", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":{{maxReceives}}}""")), dead);
    }

    [Fact]
    public void A_reason_that_leaves_no_room_in_the_copy_is_cut_or_left_out() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead");
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":9}"""));
        await bench.SendAsync(url, "a long exception");
        await bench.SendAsync(url, new string('x', 1024 * 1024));
        await bench.StartAsync(z => z.Queue("orders", static q =>
        {
            q.RejectOn<FormatException>();
            q.Handle(Body.Text, static ValueTask<Outcome> (message, _, _) => throw new FormatException(new string('y', message.Body.Length < 100 ? 2_000_000 : 1)));
        }));
        await bench.Until(() => bench.Status is { Rejected: 2, Settling: 0 }, 5);

        Assert.Equal((2, 0, 0), await bench.DepthAsync(dead));
        Assert.Single(bench.Log.Lines, static l => l.Id == 26);
    });
}
