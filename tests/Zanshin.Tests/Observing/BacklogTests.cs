using System.Diagnostics.Metrics;
using Amazon.SQS.Model;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Observing;

/// <summary>What is known of messages that nobody starts.</summary>
public class BacklogTests
{
    /// <summary>Fifty messages waited 90 s behind a pause, and no metric said so: the only one of ages is written at starts.</summary>
    [Fact]
    public void A_backlog_behind_a_pause_is_told_while_nothing_starts_and_not_after_the_resume() => Bench.Run(async bench =>
    {
        using Metrics metrics = await MetersTests.StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done), static z => z.BacklogInterval = TimeSpan.FromSeconds(10));
        string url = (await bench.Direct.GetQueueUrlAsync("orders")).QueueUrl;
        metrics.Collect();
        Assert.Equal(0, metrics["zanshin.queue.paused"]);
        bench.Worker.Queue("orders").Pause();
        await bench.Pass(21); // the open receive returns
        await bench.SendManyAsync(url, 50);
        await bench.Pass(90);
        metrics.Collect();
        Assert.Equal(1, metrics["zanshin.queue.paused"]);
        Assert.Equal(50, metrics["zanshin.queue.messages/visible"]);
        Assert.InRange(metrics["zanshin.queue.stalled"], 79, 90);
        Assert.Empty(metrics.Of("zanshin.message.age"));

        bench.Worker.Queue("orders").Resume();
        await bench.Until(() => bench.Status is { Done: 50, Settling: 0 });
        await bench.Pass(10);
        metrics.Collect();
        Assert.Equal((0, 0, 0), (metrics["zanshin.queue.paused"], metrics["zanshin.queue.messages/visible"], metrics["zanshin.queue.stalled"]));
        Assert.Null(bench.Status.Trouble);
    });

    [Fact]
    public void A_quiet_worker_is_paused_with_all_its_queues() => Bench.Run(async bench =>
    {
        using Metrics metrics = await MetersTests.StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done));
        bench.Worker.Quiet();
        Assert.Equal(1, metrics.Collect()["zanshin.queue.paused"]);
        bench.Worker.Resume();
        Assert.Equal(0, metrics.Collect()["zanshin.queue.paused"]);
    });

    [Fact]
    public void Stuck_handlers_and_an_outage_stall_a_queue_as_well() => Bench.Run(async bench =>
    {
        using Metrics metrics = await MetersTests.StartAsync(bench, 30, async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(10), bench.Time, cancel);
            return Outcome.Done;
        }, static z =>
        {
            z.Concurrency = 5;
            z.BacklogInterval = TimeSpan.FromSeconds(30);
        });
        await bench.Pass(300);
        QueueBacklog backlog = bench.Status.Backlog!;
        Assert.InRange(backlog.StalledFor.TotalSeconds, 265, 300);
        Assert.InRange(backlog.Visible, 5, 25);
        Assert.Equal(30, backlog.Visible + backlog.InFlight);
        Assert.InRange(backlog.Age.TotalSeconds, 0, 30);
        // Something starts: from here it counts anew.
        await bench.Until(() => bench.Status.Done == 5);
        await bench.Pass(1);
        Assert.InRange(bench.Status.Backlog!.StalledFor.TotalSeconds, 0, 10);
    });

    [Fact]
    public void The_age_of_the_oldest_message_here_is_known_while_it_runs_and_waits() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "first");
        await bench.Pass(40);
        using Metrics metrics = await MetersTests.StartAsync(bench, 1, async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(100), bench.Time, cancel);
            return Outcome.Done;
        });
        await bench.Pass(20);
        Assert.Equal(60, metrics.Collect()["zanshin.messages.oldest"], 0.5);
        await bench.Until(() => bench.Status is { Done: 2, Settling: 0 });
        metrics.Collect();
        int told = metrics.Of("zanshin.messages.oldest").Count;
        metrics.Collect();
        Assert.Equal(told, metrics.Of("zanshin.messages.oldest").Count);
    });

    [Fact]
    public void Dead_letters_are_counted_in_the_queue_that_the_policy_names_now() => Bench.Run(async bench =>
    {
        string first = await bench.QueueAsync("first-dlq"), second = await bench.QueueAsync("second-dlq");
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", await PolicyAsync(bench, first)));
        await bench.SendManyAsync(first, 3);
        await bench.SendManyAsync(second, 7);
        using Metrics metrics = await MetersTests.StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done), static z =>
        {
            z.BacklogInterval = TimeSpan.FromSeconds(10);
            z.Queue("orders", static q => q.Reject = RejectPolicy.Redrive);
        });
        await bench.Pass(1);
        Assert.Equal(3, metrics.Collect()["zanshin.queue.dead_letters"]);
        await bench.Direct.SetQueueAttributesAsync(url, new Dictionary<string, string> { ["RedrivePolicy"] = await PolicyAsync(bench, second) });
        await bench.Pass(10);
        Assert.Equal(7, metrics.Collect()["zanshin.queue.dead_letters"]);
        await bench.Direct.SetQueueAttributesAsync(url, new Dictionary<string, string> { ["RedrivePolicy"] = "" });
        await bench.Pass(10);
        Assert.Null(bench.Status.Backlog!.DeadLetters);
    });

    [Fact]
    public void Its_requests_are_counted_and_priced_and_nobody_asks_unless_told_to() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("orders-dlq");
        await bench.QueueAsync("orders", ("RedrivePolicy", await PolicyAsync(bench, dead)));
        using Metrics metrics = await MetersTests.StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done), static z => z.BacklogInterval = TimeSpan.FromMinutes(1));
        int atStart = bench.Faults.Count("GetQueueAttributes");
        await bench.Pass(599);
        QueueStatus status = bench.Status;
        Assert.Equal((20, 20), (status.AttributeReads, bench.Faults.Count("GetQueueAttributes") - atStart));
        Assert.Equal(20, metrics.Collect()["zanshin.requests/get_attributes"]);
        Assert.Equal(status.Receives + 20, status.Requests);
        Assert.Equal(status.Requests * 0.40m / 1_000_000, status.Cost);
    });

    [Fact]
    public void Without_the_option_nobody_asks() => Bench.Run(async bench =>
    {
        using Metrics metrics = await MetersTests.StartAsync(bench, 1, static (_, _) => ValueTask.FromResult(Outcome.Done));
        int atStart = bench.Faults.Count("GetQueueAttributes");
        await bench.Pass(3600);
        metrics.Collect();
        Assert.Equal(atStart, bench.Faults.Count("GetQueueAttributes"));
        Assert.Null(bench.Status.Backlog);
        Assert.Empty(metrics.Of("zanshin.queue.messages"));
        Assert.Empty(metrics.Of("zanshin.queue.stalled"));
    });

    [Fact]
    public void A_backlog_that_cannot_be_read_is_said_once_and_no_old_number_stands_for_it() => Bench.Run(async bench =>
    {
        using Metrics metrics = await MetersTests.StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done), static z => z.BacklogInterval = TimeSpan.FromSeconds(10));
        await bench.Pass(15);
        Assert.NotNull(bench.Status.Backlog);
        bench.Faults.Rule = static (action, n) => action == "GetQueueAttributes" ? n % 2 == 0 ? Fate.Denied : Fate.Hangs : Fate.Works;
        await bench.Pass(300);
        Assert.Null(bench.Status.Backlog);
        Assert.Single(bench.Log.Lines, static l => l.Id == 10 && l.Text.StartsWith("Cannot count messages on orders: ", StringComparison.Ordinal));
        // The queue itself is worked.
        Assert.Equal(QueueHealth.Healthy, bench.Status.Health);
        bench.Faults.Rule = static (_, _) => Fate.Works;
        await bench.Pass(20);
        Assert.NotNull(bench.Status.Backlog);
        // A stop does not wait for a call that hangs.
        bench.Faults.Rule = static (action, _) => action == "GetQueueAttributes" ? Fate.Hangs : Fate.Works;
        await bench.Pass(11);
        double before = bench.Now();
        await bench.StopAsync();
        Assert.InRange(bench.Now() - before, 0, 21);
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void The_dead_letter_queue_may_be_out_of_reach() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("orders-dlq");
        await bench.QueueAsync("orders", ("RedrivePolicy", await PolicyAsync(bench, dead)));
        using Metrics metrics = await MetersTests.StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done), static z => z.BacklogInterval = TimeSpan.FromSeconds(10));
        await bench.Pass(15);
        bench.Faults.RuleOf = static (action, queue, _) => action == "GetQueueAttributes" && queue == "orders-dlq" ? Fate.Denied : Fate.Works;
        await bench.Pass(15);
        Assert.Equal((0, null), (bench.Status.Backlog!.Visible, bench.Status.Backlog.DeadLetters));
        Assert.Single(bench.Log.Lines, static l => l.Id == 10 && l.Text.StartsWith("Cannot count messages on orders-dlq: ", StringComparison.Ordinal));
    });

    [Theory]
    [InlineData("4", "BacklogInterval is 00:00:04: it must be from 5 seconds to 1 hour.")]
    [InlineData("3601", "BacklogInterval is 01:00:01: it must be from 5 seconds to 1 hour.")]
    [InlineData("often", "The configuration has 'often' at 'Zanshin:BacklogInterval': it must be a time like 00:00:30, or a number of seconds.")]
    public void An_interval_that_cannot_be_is_refused_at_the_start(string interval, string problem) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        var wrong = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.StartAsync(
            static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)), s => s.AddSingleton(Configured(("Zanshin:BacklogInterval", interval)))));
        Assert.Equal(problem, Assert.Single(wrong.Problems));
    });

    [Fact]
    public void The_configuration_sets_it_too() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.StartAsync(
            static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)),
            s => s.AddSingleton(Configured(("Zanshin:BacklogInterval", "30"), ("Zanshin:RetriesAreErrors", "true"))));
        await bench.Pass(1);
        Assert.NotNull(bench.Status.Backlog);
        Assert.True(bench.Services.GetRequiredService<ZanshinBuilder>().RetriesAreErrors);
    });

    private static IConfiguration Configured(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(static v => new KeyValuePair<string, string?>(v.Key, v.Value))).Build();

    private static async Task<string> PolicyAsync(Bench bench, string deadLetters) =>
        $$"""{"deadLetterTargetArn":"{{(await bench.Direct.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = deadLetters, AttributeNames = ["QueueArn"] })).Attributes["QueueArn"]}}","maxReceiveCount":9}""";
}
