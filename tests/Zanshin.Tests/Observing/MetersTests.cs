using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Observing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Observing;

public class MetersTests
{
    [Fact]
    public void Requests_and_their_price_are_told_for_each_message() => Bench.Run(async bench =>
    {
        using Metrics metrics = await StartAsync(bench, 40, static (_, _) => ValueTask.FromResult(Outcome.Done), static z => z.PricePerMillionRequests = 1);
        await bench.Until(() => bench.Status is { Done: 40, Settling: 0 });
        await bench.StopAsync();
        metrics.Collect();
        QueueStatus status = bench.Status;

        Assert.Equal(status.Receives, metrics["zanshin.requests/receive"]);
        Assert.Equal(status.Deletes, metrics["zanshin.requests/delete"]);
        Assert.Equal(status.EmptyReceives, metrics["zanshin.receives.empty"]);
        Assert.Equal(bench.Faults.Count("ReceiveMessage") + bench.Faults.Count("DeleteMessageBatch"), metrics["zanshin.requests.billed"]);
        Assert.Equal(status.Requests / 40.0, metrics["zanshin.message.requests"]);
        Assert.Equal(status.Requests / 1e6, metrics["zanshin.cost"], 12);
        Assert.Equal(status.Requests / 40e6, metrics["zanshin.message.cost"], 12);
        Assert.Equal(40, metrics["messaging.client.consumed.messages"]);
    });

    [Theory]
    [InlineData('x', 60_000, 0)]
    [InlineData('x', 70_000, 1)]
    [InlineData('é', 70_000, 2)] // two bytes each
    public void Sqs_bills_a_request_for_every_64_KiB(char letter, int length, int extra) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, new string(letter, length));
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal(bench.Status.Requests + extra, bench.Status.BilledRequests);
    });

    [Fact]
    public void A_fifo_queues_requests_cost_a_quarter_more() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        await bench.SendAsync(url, "one", "g");
        await bench.StartAsync(static z => z.Queue("a.fifo", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal(bench.Status.Requests * 0.50m / 1_000_000, bench.Status.Cost);
    });

    [Fact]
    public void A_negative_price_is_refused_at_the_start() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        var wrong = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.StartAsync(static z =>
        {
            z.PricePerMillionRequests = -1;
            z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
        }));
        Assert.Equal("PricePerMillionRequests is -1: a price in US dollars cannot be negative.", Assert.Single(wrong.Problems));
    });

    [Fact]
    public void Utilization_is_known_at_every_moment_and_over_any_stretch_of_time() => Bench.Run(async bench =>
    {
        using Metrics metrics = await StartAsync(bench, 3, async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(10), bench.Time, cancel);
            return Outcome.Done;
        }, static z => z.Concurrency = 4);
        await bench.Until(() => bench.Status.Running == 3);
        await bench.Pass(4);
        metrics.Collect();
        Assert.Equal(4, metrics["zanshin.worker.slots"]);
        Assert.Equal(4, metrics["zanshin.slots.limit/default"]);
        Assert.Equal(3, metrics["zanshin.slots.used/default"]);
        Assert.Equal(0.75, metrics["zanshin.slots.utilization/default"]);
        Assert.Equal(12, metrics["zanshin.slots.busy/default"], 0.5);
        await bench.Pass(60);
        metrics.Collect();
        Assert.Equal(30, metrics["zanshin.slots.busy/default"], 0.01);
        Assert.Equal(0, metrics["zanshin.slots.used/default"]);
    });

    /// <summary>Beside an idle group of ten, a full one of two read 0.17.</summary>
    [Fact]
    public void A_full_group_is_told_apart_from_an_idle_one() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("nightly"), 12);
        using Metrics metrics = await StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done), z => z.Group("reports", g =>
        {
            g.Concurrency = 2;
            g.Queue("nightly", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel)));
        }));
        await bench.Pass(100);
        metrics.Collect();
        Assert.Equal((1, 0), (metrics["zanshin.slots.utilization/reports"], metrics["zanshin.slots.utilization/default"]));
        Assert.Equal((2, 10), (metrics["zanshin.slots.limit/reports"], metrics["zanshin.slots.limit/default"]));
        Assert.Equal((2, 0), (metrics["zanshin.slots.used/reports"], metrics["zanshin.slots.used/default"]));
        Assert.Equal((0, 0), (metrics["zanshin.slots.lost/reports"], metrics["zanshin.slots.lost/default"]));
        Assert.Equal(200, metrics["zanshin.slots.busy/reports"], 1.0);
        Assert.Equal((0, 12), (metrics["zanshin.slots.busy/default"], metrics["zanshin.worker.slots"]));
    });

    [Fact]
    public void Slots_that_the_limit_over_all_groups_leaves_to_others_are_not_free() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("nightly"), 12);
        using Metrics metrics = await StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done), z =>
        {
            z.MaxConcurrency = 3;
            z.Group("reports", g =>
            {
                g.Concurrency = 3;
                g.Queue("nightly", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel)));
            });
        });
        await bench.Pass(10);
        metrics.Collect();
        Assert.Equal((1, 1, 3), (metrics["zanshin.slots.utilization/reports"], metrics["zanshin.slots.utilization/default"], metrics["zanshin.worker.slots"]));
    });

    [Fact]
    public void The_age_of_a_message_at_its_start_and_the_attempts_it_took_are_measured() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        await bench.Pass(7);
        using Metrics metrics = await StartAsync(bench, 0, static (message, _) => ValueTask.FromResult(message.Attempt < 3 ? Outcome.Retry(TimeSpan.FromSeconds(5)) : Outcome.Done));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });

        var ages = metrics.Of("zanshin.message.age");
        Assert.Equal(["first", "later", "later"], ages.Select(static a => a.Tags["zanshin.attempt"]));
        Assert.Equal(7, ages[0].Value, 0.2);
        Assert.Equal(12, ages[1].Value, 1.0);
        (double attempts, Dictionary<string, object?> tags) = Assert.Single(metrics.Of("zanshin.message.attempts"));
        Assert.Equal((3, "done", "orders"), (attempts, tags["zanshin.outcome"], tags["messaging.destination.name"]));
    });

    /// <summary>A reject whose copy failed was measured at every attempt, and a FIFO retry that became a reject not at all.</summary>
    [Theory]
    [InlineData("orders", 2, false)]
    [InlineData("orders.fifo", 2, true)]
    public void The_attempts_of_a_rejected_message_are_measured_once_when_it_is_settled(string name, int expected, bool retries) => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync(name == "orders" ? "dead" : "dead.fifo");
        string arn = (await bench.Direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
        string url = await bench.QueueAsync(name, ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":{{(retries ? 2 : 9)}}}"""));
        await bench.SendAsync(url, "one", retries ? "g" : null);
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action == "SendMessage" ? Fate.ServerError : Fate.Works;
        bench.Setup(
            z => z.Queue(name, q => q.Handle(Body.Text, (message, _, _) =>
            {
                down &= message.Attempt == 1;
                return ValueTask.FromResult(retries ? Outcome.Retry(TimeSpan.FromHours(1)) : Outcome.Reject("bad"));
            })),
            static s => s.AddMetrics());
        using var metrics = new Metrics(bench.Services.GetRequiredService<IMeterFactory>());
        await bench.Worker.StartAsync(default);
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 }, 7200);
        (double attempts, Dictionary<string, object?> tags) = Assert.Single(metrics.Of("zanshin.message.attempts"));
        Assert.Equal((expected, "rejected"), (attempts, tags["zanshin.outcome"]));
    });

    [Fact]
    public void A_hop_of_a_long_delay_is_no_run_that_was_completed() => Bench.Run(async bench =>
    {
        using Metrics metrics = await StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done), static z => z.CarryLongDelays().Route("orders", null, Body.Text));
        List<string> outcomes = [];
        using Activity request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Zanshin",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.OperationName == "process orders" && activity.TraceId == request.TraceId)
                    outcomes.Add($"{activity.GetTagItem("zanshin.outcome")} {activity.Status} {activity.GetTagItem("error.type")}");
            },
        };
        ActivitySource.AddActivityListener(listener);
        await bench.Sender.SendAsync("x", new() { Delay = TimeSpan.FromMinutes(40) });
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal(2, bench.Faults.Count("SendMessage"));
        Assert.Single(metrics.Of("messaging.process.duration"));
        Assert.Single(metrics.Of("zanshin.message.age"));
        Assert.Single(metrics.Of("zanshin.message.attempts"));
        Assert.Equal(["carried Unset ", "carried Unset ", "done Unset "], outcomes);
    });

    [Fact]
    public void A_runs_duration_and_its_error_follow_the_conventions() => Bench.Run(async bench =>
    {
        using Metrics metrics = await StartAsync(bench, 3, async (message, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(2), bench.Time, cancel);
            return (message.Body, message.Attempt) switch
            {
                ("0", 1) => throw new TimeoutException(),
                ("1", 1) => Outcome.Retry(TimeSpan.FromSeconds(1)),
                _ => Outcome.Done,
            };
        });
        await bench.Until(() => bench.Status is { Done: 3, Settling: 0 });

        var runs = metrics.Of("messaging.process.duration");
        Assert.Equal(5, runs.Count);
        Assert.All(runs, static run =>
        {
            Assert.Equal(2, run.Value, 0.01);
            Assert.Equal(("aws_sqs", "process", "process", "orders"), (run.Tags["messaging.system"], run.Tags["messaging.operation.name"], run.Tags["messaging.operation.type"], run.Tags["messaging.destination.name"]));
        });
        Assert.Equal([null, null, null, null, "System.TimeoutException"], runs.Select(static r => r.Tags.GetValueOrDefault("error.type") as string).Order(StringComparer.Ordinal));
    });

    [Fact]
    public void What_is_left_of_a_lease_when_it_is_extended_is_measured() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        using Metrics metrics = await StartAsync(bench, 1, async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(50), bench.Time, cancel);
            return Outcome.Done;
        });
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal(2, metrics.Of("zanshin.lease.left").Count);
        Assert.All(metrics.Of("zanshin.lease.left"), static left => Assert.Equal(10, left.Value, 0.5));
    });

    [Fact]
    public void Every_request_has_a_duration_and_a_failed_one_says_why() => Bench.Run(async bench =>
    {
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(30);
        bench.Faults.Rule = static (action, n) => action == "DeleteMessageBatch" && n == 0 ? Fate.Throttled : Fate.Works;
        using Metrics metrics = await StartAsync(bench, 1, static (_, _) => ValueTask.FromResult(Outcome.Done));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });

        var deletes = metrics.Of("messaging.client.operation.duration").Where(static m => m.Tags["messaging.operation.name"] is "delete").ToList();
        Assert.Equal(["Throttled", null], deletes.Select(static d => d.Tags.GetValueOrDefault("error.type")));
        Assert.All(deletes, static d => Assert.Equal(("aws_sqs", "settle", "orders"), (d.Tags["messaging.system"], d.Tags["messaging.operation.type"], d.Tags["messaging.destination.name"])));
        Assert.All(deletes, static d => Assert.Equal(0.03, d.Value, 0.02));
        Assert.All(deletes, static d => Assert.NotNull(d.Tags["server.address"]));
    });

    [Fact]
    public void Messages_sent_are_counted_with_those_that_failed() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n == 0 ? Fate.ServerError : Fate.Works;
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text), static s => s.AddMetrics());
        using var metrics = new Metrics(bench.Services.GetRequiredService<IMeterFactory>());
        await bench.Sender.SendAllAsync(["one", "two"]);
        Assert.Equal([(2, "Server"), (2, null)], metrics.Of("messaging.client.sent.messages").Select(static m => ((int)m.Value, (string?)m.Tags.GetValueOrDefault("error.type"))));
    });

    [Fact]
    public void What_is_sent_costs_too() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n == 0 ? Fate.ServerError : Fate.Works;
        await bench.QueueAsync("orders");
        bench.Setup(static z =>
        {
            z.PricePerMillionRequests = 1;
            z.SendBuffer.Linger = TimeSpan.FromSeconds(1);
            z.Route("orders", null, Body.Text);
        }, static s => s.AddMetrics());
        using var metrics = new Metrics(bench.Services.GetRequiredService<IMeterFactory>());
        // One that failed, one of ten, one of two; one that is billed as two.
        await bench.Sender.SendAllAsync(Enumerable.Range(0, 12).Select(static i => $"{i}"));
        await bench.Sender.SendAsync(new string('x', 70_000));
        metrics.Collect();
        Assert.Equal(4, metrics["zanshin.sender.requests"]);
        Assert.Equal(5, metrics["zanshin.sender.requests.billed"]);
        Assert.Equal(5e-6, metrics["zanshin.sender.cost"], 12);

        IBufferedSender buffers = bench.Services.GetRequiredService<IBufferedSender>();
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(2);
        BufferedSend one = await buffers.EnqueueAsync("one");
        BufferedSend two = await buffers.EnqueueAsync("two");
        metrics.Collect();
        Assert.Equal(2, metrics["zanshin.sender.buffered"]);
        await one.Sent;
        await two.Sent;
        metrics.Collect();
        Assert.Equal(0, metrics["zanshin.sender.buffered"]);
        Assert.Equal(5, metrics["zanshin.sender.requests"]);
    });

    /// <summary>Each count has a number of its own here, so that none can stand for another.</summary>
    [Fact]
    public void Each_count_has_its_own_metric() => Bench.Run(async bench =>
    {
        using Metrics metrics = await StartAsync(bench, 0, static (_, _) => ValueTask.FromResult(Outcome.Done));
        QueueCounts counts = Counts(bench);
        foreach (Count count in Enum.GetValues<Count>())
            counts.Add(count, Number(count) - counts[count]);
        metrics.Collect();
        (string Metric, long Number)[] all =
        [
            ("messaging.client.consumed.messages", Number(Count.Received)), ("zanshin.messages.redelivered", Number(Count.Redelivered)),
            ("zanshin.messages.outcomes/done", Number(Count.Done)), ("zanshin.messages.outcomes/retried", Number(Count.Retried)), ("zanshin.messages.outcomes/rejected", Number(Count.Rejected)),
            ("zanshin.messages.outcomes/returned", Number(Count.Returned)), ("zanshin.messages.outcomes/dead_lettered", Number(Count.LeftToRedrive)),
            ("zanshin.messages.dead_lettered/worker", Number(Count.Copied)), ("zanshin.messages.dead_lettered/sqs", Number(Count.LeftToRedrive)),
            ("zanshin.messages.unconfirmed", Number(Count.Unconfirmed)), ("zanshin.runs.failed", Number(Count.FailedRuns)), ("zanshin.runs.over_time", Number(Count.TimeLimits)),
            ("zanshin.leases.extended", Number(Count.LeasesExtended)), ("zanshin.leases.lost", Number(Count.LeasesLost)),
            ("zanshin.requests/receive", Number(Count.Receives)), ("zanshin.requests/delete", Number(Count.Deletes)), ("zanshin.requests/change_visibility", Number(Count.VisibilityChanges)),
            ("zanshin.requests/send", Number(Count.Sends)), ("zanshin.requests/get_attributes", Number(Count.AttributeReads)),
            ("zanshin.requests.repeated", Number(Count.RepeatedRequests)), ("zanshin.receives.empty", Number(Count.EmptyReceives)),
            ("zanshin.requests.billed", Number(Count.Receives) + Number(Count.Deletes) + Number(Count.VisibilityChanges) + Number(Count.Sends) + Number(Count.AttributeReads) + Number(Count.ExtraBilled)),
        ];
        Assert.Equal(all, all.Select(one => (one.Metric, (long)metrics[one.Metric])));

        static long Number(Count count) => count == Count.BrokenInvariants ? 0 : 1L << (int)count;
    });

    [Fact]
    public void What_is_here_is_told_by_its_stage_and_so_is_the_health() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (action, _) => action == "DeleteMessageBatch" ? Fate.ServerError : Fate.Works;
        await bench.SendManyAsync(await bench.QueueAsync("orders.fifo"), 4, static i => i == 0 ? "done" : "slow");
        bench.Setup(
            z => z.Queue("orders.fifo", q => q.Handle(Body.Text, async (message, _, cancel) => await Task.Delay(TimeSpan.FromMinutes(message.Group == "slow" ? 5 : 0), bench.Time, cancel))),
            static s => s.AddMetrics());
        using var metrics = new Metrics(bench.Services.GetRequiredService<IMeterFactory>());
        await bench.Worker.StartAsync(default);
        await bench.Pass(10);
        metrics.Collect();
        Assert.Equal(
            (1, 2, 1, 4), (metrics["zanshin.messages.running"], metrics["zanshin.messages.waiting"], metrics["zanshin.messages.settling"], metrics["zanshin.leases.held"]));
        Assert.Equal((1, 0), (metrics["zanshin.health"], metrics["zanshin.poll.standstill"]));
        Assert.Equal(bench.Status.SinceLastPoll.TotalSeconds, metrics["zanshin.poll.age"], 0.1);
        Assert.Equal(10, metrics["zanshin.messages.oldest"], 0.5);
        bench.Faults.Rule = static (_, _) => Fate.Works;
        await bench.Until(() => bench.Status is { Done: 4, Settling: 0 });
        Assert.Equal(0, metrics.Collect()["zanshin.health"]);
    });

    [Fact]
    public void One_collection_reads_the_status_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        int read = 0;
        using Metrics metrics = await StartAsync(bench, 1, static (_, _) => ValueTask.FromResult(Outcome.Done));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        metrics.Collect();
        // Between two instruments of a collection nothing is read anew: all tell of one moment.
        using var inBetween = new MeterListener
        {
            InstrumentPublished = (i, l) =>
            {
                if (i.Meter.Name == "Zanshin" && ReferenceEquals(i.Meter.Scope, bench.Services.GetRequiredService<IMeterFactory>()) && i.IsObservable)
                    l.EnableMeasurementEvents(i);
            },
        };
        QueueCounts counts = Counts(bench);
        inBetween.SetMeasurementEventCallback<long>((i, value, _, _) =>
        {
            if (i.Name == "zanshin.messages.redelivered")
                counts.Add(Count.LeasesLost);
            else if (i.Name == "zanshin.leases.lost")
                read = (int)value;
        });
        inBetween.Start();
        inBetween.RecordObservableInstruments();
        Assert.Equal(0, read);
        inBetween.RecordObservableInstruments();
        Assert.Equal(1, read);
    });

    [Fact]
    public void What_happens_during_the_stop_is_still_told_after_it() => Bench.Run(async bench =>
    {
        using Metrics metrics = await StartAsync(bench, 2, async (_, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(5), bench.Time, CancellationToken.None);
            return Outcome.Done;
        });
        await bench.Until(() => bench.Status.Running == 2);
        await bench.StopAsync();
        Assert.Equal(2, metrics.Collect()["zanshin.messages.outcomes/done"]);
        Assert.Equal(0, metrics["zanshin.slots.used/default"]);
        Assert.Equal(0, metrics["zanshin.tasks.alive"]);
    });

    [Fact]
    public void A_listener_that_throws_takes_no_slot_and_ends_no_loop() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 5);
        bench.Setup(
            z => z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromSeconds(20), bench.Time, cancel))),
            static s => s.AddMetrics());
        var factory = bench.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (i, l) =>
            {
                if (ReferenceEquals(i.Meter.Scope, factory))
                    l.EnableMeasurementEvents(i);
            },
        };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => throw new InvalidOperationException("double"));
        listener.SetMeasurementEventCallback<int>(static (_, _, _, _) => throw new InvalidOperationException("int"));
        listener.Start();
        await bench.Worker.StartAsync(default);
        await bench.Until(() => bench.Status is { Done: 5, Settling: 0, SlotsUsed: 0 }, 60);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 29);
    });

    [Fact]
    public void A_listener_that_throws_when_it_is_told_of_instruments_stops_neither_start_nor_sends() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders"), other = await bench.QueueAsync("other");
        bench.Setup(static z => z.Route("other", null, Body.Text).Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)), static s => s.AddMetrics());
        await bench.SendAsync(url, "x");
        var factory = bench.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (i, _) =>
            {
                if (ReferenceEquals(i.Meter.Scope, factory))
                    throw new InvalidOperationException("told");
            },
        };
        listener.Start();
        await bench.Worker.StartAsync(default);
        await bench.Sender.SendAsync("a");
        await (await bench.Services.GetRequiredService<IBufferedSender>().EnqueueAsync("b")).Sent;
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0, SlotsUsed: 0 }, 60);
        Assert.Equal((2, 0, 0), await bench.DepthAsync(other));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 36);
    });

    [Fact]
    public void What_is_sent_to_queues_of_one_name_is_one_sum() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.PricePerMillionRequests = 1, static s => s.AddMetrics());
        bench.Services.GetRequiredService<ZanshinBuilder>().Route("orders", null, Body.Text);
        using var metrics = new Metrics(bench.Services.GetRequiredService<IMeterFactory>());
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        // To the in-process queue both are the same.
        string elsewhere = new UriBuilder(url) { Host = "elsewhere" }.ToString();
        foreach (string queue in new[] { url, elsewhere, elsewhere })
            await bench.Sender.SendAsync("x", new() { Queue = queue });
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        await buffer.EnqueueAsync("x", new() { Queue = url });
        await buffer.EnqueueAsync("x", new() { Queue = elsewhere });
        metrics.Collect();
        Assert.Equal(2, Assert.Single(metrics.Of("zanshin.sender.buffered")).Value);
        Assert.Equal(3, Assert.Single(metrics.Of("zanshin.sender.requests")).Value);
        Assert.Equal(3, Assert.Single(metrics.Of("zanshin.sender.requests.billed")).Value);
        Assert.Equal(3e-6, Assert.Single(metrics.Of("zanshin.sender.cost")).Value, 9);
        await buffer.FlushAsync();
    });

    /// <summary>A worker of the queue "orders" with a meter factory of its own, and who listens to it.</summary>
    internal static async Task<Metrics> StartAsync(
        Bench bench, int messages, Func<Message<string>, CancellationToken, ValueTask<Outcome>> handle, Action<ZanshinBuilder>? more = null, Func<Instrument, bool>? which = null)
    {
        string url;
        try
        {
            url = (await bench.Direct.GetQueueUrlAsync("orders")).QueueUrl;
        }
        catch (Amazon.SQS.Model.QueueDoesNotExistException)
        {
            url = await bench.QueueAsync("orders");
        }
        await bench.SendManyAsync(url, messages);
        bench.Setup(
            z =>
            {
                z.Queue("orders", q => q.Handle(Body.Text, (message, _, cancel) => handle(message, cancel)));
                more?.Invoke(z);
            },
            static s => s.AddMetrics());
        var metrics = new Metrics(bench.Services.GetRequiredService<IMeterFactory>(), which);
        await bench.Worker.StartAsync(default);
        return metrics;
    }

    private static QueueCounts Counts(Bench bench)
    {
        object queues = typeof(ZanshinWorker).GetField("_queues", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(bench.Worker)!;
        return ((List<Zanshin.Hosting.QueueWorker>)queues)[0].Counts;
    }
}
