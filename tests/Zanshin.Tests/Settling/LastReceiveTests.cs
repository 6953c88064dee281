using System.Diagnostics;
using Amazon.SQS.Model;
using Zanshin.Tests.Rig;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Tests.Settling;

/// <summary>What becomes of a message that is not done at its last receive, and who is told.</summary>
public class LastReceiveTests
{
    [Theory]
    [InlineData("orders", "throws", "InvalidOperationException: no stock")]
    [InlineData("orders", "retries", "")]
    [InlineData("orders", "batch throws", "InvalidOperationException: no stock")]
    [InlineData("orders.fifo", "throws", "InvalidOperationException: no stock")]
    public void A_message_that_is_not_done_at_its_last_receive_is_copied_with_its_reason_and_told_as_a_dead_letter(string name, string how, string reason) => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench, name, 3);
        await bench.SendAsync(url, "seven", group: "g");
        List<(int Attempt, bool Last, int? Of)> runs = [];
        List<Outcome> told = [];
        List<string?> outcomes = [], descriptions = [];
        using ActivityListener listener = Traces(bench, outcomes, descriptions);
        await bench.StartAsync(z =>
        {
            z.OnFailure((failure, _) =>
            {
                told.Add(failure.Outcome);
                return ValueTask.CompletedTask;
            });
            z.Queue(name, q =>
            {
                q.Retry(Backoff.Delays(TimeSpan.FromMinutes(1)));
                if (how == "batch throws")
                    q.HandleBatch(Body.Text, (batch, _, _) => ValueTask.FromResult<BatchOutcome>(Handled(batch[0])), max: 5);
                else
                    q.Handle(Body.Text, (message, _, _) => ValueTask.FromResult(Handled(message)));
            });
        });
        await bench.Until(() => bench.Status is { DeadLettered: 1, Settling: 0 });

        // On a FIFO queue the last receive has three more runs, made here.
        Assert.Equal(name == "orders" ? [(1, false, 3), (2, false, 3), (3, true, 3)] : runs, runs);
        Assert.Equal(((int?)3, true), (runs[^1].Of, runs[^1].Last));
        Assert.All(runs.SkipLast(1), static run => Assert.False(run.Last));
        Assert.Equal((1L, 0L, runs.Count - 1L), (bench.Status.Rejected, bench.Status.DeadLetteredBySqs, bench.Status.Retried));
        SqsMessage copy = await ReceivedAsync(bench, dead);
        string expected = $"receive 3 of 3{(reason.Length > 0 ? $": {reason}" : "")}";
        Assert.Contains(expected, copy.MessageAttributes["zanshin-reject"].StringValue, StringComparison.Ordinal);
        string line = Assert.Single(bench.Log.Lines, static l => l.Id == 37).Text;
        Assert.Contains("its last receive (3 of 3); it is copied to the dead-letter queue with the reason", line, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Log.Lines, l => l.Id is 20 or 35 && l.Text.Contains($"attempt {runs.Count}", StringComparison.Ordinal));
        Assert.Equal("rejected", outcomes[^1]);
        Assert.DoesNotContain("rejected", outcomes.SkipLast(1));
        // The status said "to be retried in 120 s".
        Assert.Contains(reason.Length > 0 ? "no stock" : "receive 3 of 3", descriptions[^1], StringComparison.Ordinal);
        if (reason.Length > 0)
            Assert.Equal(OutcomeKind.Reject, told[^1].Kind);

        Outcome Handled(Message message)
        {
            runs.Add((message.Attempt, message.IsLastAttempt, message.MaxReceiveCount));
            return how == "retries" ? Outcome.Retry(TimeSpan.FromMinutes(2)) : throw new InvalidOperationException("no stock");
        }
    });

    [Theory]
    [InlineData(RejectPolicy.Redrive)]
    [InlineData(RejectPolicy.Delete)]
    public void Where_rejects_are_not_copied_a_last_receive_is_told_as_left_to_sqs(RejectPolicy policy) => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench, "orders", 2);
        await bench.SendAsync(url, "seven");
        List<string?> outcomes = [];
        using ActivityListener listener = Traces(bench, outcomes);
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Reject = policy;
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(5)));
            q.Handle(Body.Text, static ValueTask<Outcome> (_, _, _) => throw new InvalidOperationException("no stock"));
        }));
        await bench.Until(() => bench.Status is { DeadLetteredBySqs: 1, Settling: 0 });

        Assert.Equal((0L, 1L, 1L), (bench.Status.Rejected, bench.Status.DeadLettered, bench.Status.Retried));
        Assert.Contains($"SQS moves it to the dead-letter queue when it would be received again, without a reason (the queue's Reject is {policy})", Assert.Single(bench.Log.Lines, static l => l.Id == 37).Text, StringComparison.Ordinal);
        Assert.Equal(["retried", "dead_lettered"], outcomes);
        await bench.Pass(60);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
    });

    [Fact]
    public void A_last_receive_whose_copy_fails_is_left_to_sqs_and_told_so() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench, "orders", 1);
        await bench.SendAsync(url, "seven");
        bench.Faults.Rule = static (action, _) => action == "SendMessage" ? Fate.ServerError : Fate.Works;
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Retry(TimeSpan.FromSeconds(1))))));
        await bench.Until(() => bench.Status is { DeadLetteredBySqs: 1, Settling: 0 });
        Assert.Contains("could not be copied at its last receive (1 of 1)", Assert.Single(bench.Log.Lines, static l => l.Id == 39).Text, StringComparison.Ordinal);
        await bench.Pass(60);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
    });

    [Fact]
    public void A_queue_without_a_redrive_policy_has_no_last_attempt() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "seven");
        List<(bool Last, int? Of)> runs = [];
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, (message, _, _) =>
        {
            runs.Add((message.IsLastAttempt, message.MaxReceiveCount));
            return ValueTask.FromResult(runs.Count < 4 ? Outcome.Retry(TimeSpan.FromSeconds(1)) : Outcome.Done);
        })));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal(Enumerable.Repeat((false, (int?)null), 4), runs);
        Assert.Equal(0, bench.Status.DeadLettered);
    });

    [Fact]
    public void What_a_stop_gives_back_at_its_last_receive_is_said() => Bench.Run(async bench =>
    {
        (string url, _) = await WithDeadLetters(bench, "orders", 1);
        await bench.SendAsync(url, "seven");
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) =>
        {
            await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
            return Outcome.Done;
        })));
        await bench.Until(() => bench.Status.Running == 1);
        await bench.StopAsync();
        Assert.Contains("goes back unfinished at its last receive (1 of 1)", Assert.Single(bench.Log.Lines, static l => l.Id == 38).Text, StringComparison.Ordinal);
    });

    [Fact]
    public void A_message_has_more_attempts_when_its_queues_maximum_is_raised_meanwhile() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench, "orders", 2);
        int runs = 0;
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
            q.Handle(Body.Text, (message, _, _) => ++runs < 4 ? throw new InvalidOperationException("not yet") : ValueTask.FromResult(Outcome.Done));
        }));
        await bench.Pass(5);
        await bench.Direct.SetQueueAttributesAsync(url, new Dictionary<string, string> { ["RedrivePolicy"] = """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:orders-dead","maxReceiveCount":9}""" });
        await bench.SendAsync(url, "seven");
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal((0L, 3L), (bench.Status.DeadLettered, bench.Status.Retried));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(dead));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 73);
    });

    private static ActivityListener Traces(Bench bench, List<string?> outcomes, List<string?>? descriptions = null)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Zanshin",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (SynchronizationContext.Current == bench.Time.Context && activity.OperationName.StartsWith("process orders", StringComparison.Ordinal))
                {
                    outcomes.Add(activity.GetTagItem("zanshin.outcome") as string ?? (activity.GetTagItem("zanshin.last_receive") is true ? "rejected" : "batch"));
                    descriptions?.Add(activity.StatusDescription);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static async Task<SqsMessage> ReceivedAsync(Bench bench, string dead) =>
        (await bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = dead, MessageAttributeNames = ["All"] })).Messages.Single();

    private static async Task<(string Url, string Dead)> WithDeadLetters(Bench bench, string name, int maxReceives)
    {
        string deadName = name.EndsWith(".fifo", StringComparison.Ordinal) ? "orders-dead.fifo" : "orders-dead";
        string dead = await bench.QueueAsync(deadName);
        return (await bench.QueueAsync(name, ("RedrivePolicy", $$"""{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:{{deadName}}","maxReceiveCount":{{maxReceives}}}""")), dead);
    }
}
