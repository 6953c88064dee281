using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

public class StopTests
{
    [Fact]
    public void Handlers_finish_and_what_waits_goes_back_visible() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 10);
        int begun = 0, ended = 0;
        await bench.StartAsync(z => Slow(z, 3, async cancel =>
        {
            begun++;
            await Task.Delay(TimeSpan.FromSeconds(10), bench.Time, cancel);
            ended++;
        }));
        await bench.Until(() => begun == 3);
        await bench.StopAsync();

        Assert.Equal((3, 3), (begun, ended));
        Assert.Equal((7, 0, 0), await bench.DepthAsync(url));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void What_goes_back_is_not_taken_again_by_the_workers_own_open_receive() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.StartAsync(z => Slow(z, 1, cancel => Task.Delay(TimeSpan.FromSeconds(3), bench.Time, cancel)));
        await bench.Pass(1);
        await bench.SendManyAsync(url, 1);
        await bench.Pass(0.1);
        // An idle receive is open again; what comes now arrives during the stop.
        Task stop = bench.StopAsync();
        await bench.SendManyAsync(url, 5);
        await stop;

        Assert.Equal((5, 0, 0), await bench.DepthAsync(url));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void Five_seconds_before_the_end_handlers_are_cancelled_and_their_messages_go_back() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 4);
        CancelReason reason = default;
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            try
            {
                await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
            }
            finally
            {
                reason = message.Cancelled;
            }
        })));
        await bench.Until(() => bench.Status.Running == 4);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();
        double took = (bench.Time.GetUtcNow() - began).TotalSeconds;

        Assert.Equal(CancelReason.Stopping, reason);
        Assert.InRange(took, 23, 23.1); // 30 s less 2 s less 5 s
        Assert.Equal((4, 0, 0), await bench.DepthAsync(url));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void A_handler_that_ignores_its_token_is_named_and_its_message_goes_back() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 2);
        var stuck = new TaskCompletionSource();
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (_, _, _) => await stuck.Task)));
        await bench.Until(() => bench.Status.Running == 2);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 26, 28.1);
        Assert.Equal((2, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(2, bench.Worker.GetStatus().TasksAlive);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 4 && l.Text.Contains("2 messages in handlers", StringComparison.Ordinal));

        // What they come to after all settles nothing.
        stuck.SetResult();
        await bench.Pass(1);
        Assert.Equal((2, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    /// <summary>Its lease was released under the stop that was giving the message back: it stayed invisible.</summary>
    [Fact]
    public void A_message_whose_handler_ends_while_the_stop_gives_it_back_is_given_back() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendAsync(url, "one");
        var stuck = new TaskCompletionSource();
        bench.Faults.Rule = static (action, n) => action == "ChangeMessageVisibilityBatch" && n == 0 ? Fate.ServerError : Fate.Works;
        bench.Faults.Watch = (action, _) =>
        {
            if (action == "ChangeMessageVisibilityBatch")
                stuck.TrySetResult();
        };
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (_, _, _) => await stuck.Task)));
        await bench.Until(() => bench.Status.Running == 1);
        await bench.StopAsync();

        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(2, bench.Faults.Count("ChangeMessageVisibilityBatch"));
        Assert.Equal((0L, 1L), (bench.Status.Done, bench.Status.Returned));
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 24);
        AssertNothingLeft(bench);
    });

    [Fact]
    public void An_orphan_that_cannot_be_given_back_is_said() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendAsync(url, "one");
        var stuck = new TaskCompletionSource();
        bench.Faults.Rule = static (action, _) => action == "ChangeMessageVisibilityBatch" ? Fate.ServerError : Fate.Works;
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (_, _, _) => await stuck.Task)));
        await bench.Until(() => bench.Status.Running == 1);
        await bench.StopAsync();
        Assert.Single(bench.Log.Lines, static l => l.Id == 24);
        stuck.SetResult();
        await bench.Pass(1);
        AssertNothingLeft(bench);
    });

    /// <summary>Raised on a timer's thread it ended the process, at a stop it broke the stop off.</summary>
    [Theory]
    [InlineData("ReceiveMessage")]
    [InlineData("DeleteMessageBatch")]
    public void A_callback_of_the_application_s_client_that_fails_ends_no_stop(string hangs) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        var throws = new Throws(bench.Faults);
        using AmazonSQSClient client = LocalSqsClient.Create(throws);
        bench.Faults.Rule = (action, _) => action == hangs ? Fate.Hangs : Fate.Works;
        await bench.StartAsync(
            static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)),
            services => services.AddKeyedSingleton<IAmazonSQS>("orders", client));
        // Calls over their limits, and one that is cut short.
        await bench.Pass(100);
        await bench.StopAsync();

        throws.Fails = false;

        Assert.Contains(bench.Log.Lines, static l => l.Id == 13 && l.Text.Contains("no callback", StringComparison.Ordinal));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void The_hosts_token_cancels_at_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 1);
        await bench.StartAsync(z => Slow(z, 1, cancel => Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Running == 1);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.Worker.StopAsync(new CancellationToken(canceled: true));

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 0, 0.1);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void Leases_are_kept_while_handlers_drain() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "2"));
        await bench.SendManyAsync(url, 8);
        await bench.StartAsync(z => Slow(z, 8, cancel => Task.Delay(TimeSpan.FromSeconds(15), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Running == 8);
        await bench.StopAsync();

        Assert.Equal(8, bench.Status.Done);
        Assert.Equal(0, bench.Status.LeasesLost);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void The_last_flush_does_not_wait_for_company_and_is_repeated() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 7);
        bench.Faults.Rule = static (action, n) => action == "DeleteMessageBatch" && n < 3 ? Fate.ServerError : Fate.Works;
        await bench.StartAsync(z => Slow(z, 7, cancel => Task.Delay(TimeSpan.FromSeconds(3), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Running == 7);
        await bench.StopAsync();

        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void A_handler_that_ends_after_it_was_cancelled_and_before_the_deadline_is_still_deleted() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 3);
        bool cancelled = false;
        await bench.StartAsync(z => Slow(z, 3, async cancel =>
        {
            using CancellationTokenRegistration seen = cancel.Register(() => cancelled = true);
            await Task.Delay(TimeSpan.FromSeconds(26), bench.Time, CancellationToken.None);
        }));
        await bench.Until(() => bench.Status.Running == 3);
        await bench.StopAsync();

        Assert.True(cancelled);
        Assert.Equal(3, bench.Status.Done);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void The_last_flush_goes_on_through_throttles_until_the_deadline() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "60"));
        await bench.SendManyAsync(url, 45);
        await bench.StartAsync(z => Slow(z, 40, cancel => Task.Delay(TimeSpan.FromSeconds(5), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Running == 40);
        DateTimeOffset until = bench.Time.GetUtcNow() + TimeSpan.FromSeconds(26);
        bench.Faults.Rule = (action, _) => action != "ReceiveMessage" && bench.Time.GetUtcNow() < until ? Fate.Throttled : Fate.Works;
        await bench.StopAsync();

        Assert.True(bench.Time.GetUtcNow() >= until);
        Assert.Equal((5, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(0, bench.Status.Unconfirmed);
        AssertNothingLeft(bench);
    });

    [Fact]
    public void A_stop_with_a_dead_server_ends_in_time() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 20);
        await bench.StartAsync(z => Slow(z, 5, cancel => Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Running == 5);
        bench.Faults.Rule = static (_, _) => Fate.Hangs;
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 0, 30);
        AssertNothingLeft(bench);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_host_that_gives_hardly_any_time_still_gets_everything_back(int seconds) => Bench.Run(async bench =>
    {
        bench.ShutdownTimeout = TimeSpan.FromSeconds(seconds);
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 10);
        await bench.StartAsync(z => Slow(z, 4, cancel => Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Running == 4);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 0, seconds);
        Assert.Equal((10, 0, 0), await bench.DepthAsync(url));
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 4);
        AssertNothingLeft(bench);
    });

    [Fact]
    public void A_stop_whose_deletes_fail_ends_at_its_deadline() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 20);
        await bench.StartAsync(z => Slow(z, 20, cancel => Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Running == 20);
        bench.Faults.Rule = static (action, _) => action == "DeleteMessageBatch" ? Fate.ServerError : Fate.Works;
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 27, 28.01);
        AssertNothingLeft(bench);
    });

    [Fact]
    public void A_stuck_handler_whose_message_has_come_again_is_an_orphan_too() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 1, static _ => "g");
        var stuck = new TaskCompletionSource();
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action == "ChangeMessageVisibilityBatch" ? Fate.LostBefore : Fate.Works;
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.Handle(Body.Text, async (_, _, _) => await stuck.Task)));
        await bench.Until(() => bench.Status.LeasesLost > 0);
        down = false;
        await bench.Until(() => bench.Status.Waiting == 1);
        await bench.StopAsync();

        Assert.Contains(bench.Log.Lines, static l => l.Id == 4 && l.Text.Contains("1 messages in handlers", StringComparison.Ordinal));
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        stuck.SetResult();
        await bench.Pass(1);
        Assert.Equal((0, 0L), (bench.Status.Running, bench.Worker.GetStatus().TasksAlive));
    });

    [Fact]
    public void A_worker_that_is_stopped_while_it_starts_does_not_work() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 1);
        bench.Faults.Rule = static (action, _) => action == "GetQueueUrl" ? Fate.Late : Fate.Works;
        bench.Setup(z => Slow(z, 1, static _ => Task.CompletedTask));
        Task start = bench.Worker.StartAsync(default);
        await bench.StopAsync();
        await start;
        await bench.Pass(1);

        WorkerStatus status = bench.Worker.GetStatus();
        Assert.Equal((WorkerState.Stopped, 0L), (status.State, status.TasksAlive));
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void Stopping_twice_starting_twice_and_stopping_before_a_start_are_harmless() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(z => Slow(z, 1, static _ => Task.CompletedTask));
        await bench.Worker.StartAsync(default);
        await bench.Worker.StartAsync(default);
        Task one = bench.StopAsync(), two = bench.StopAsync();
        await one;
        await two;
        await bench.StopAsync();
        AssertNothingLeft(bench);

        bench.Setup(z => Slow(z, 1, static _ => Task.CompletedTask));
        await bench.StopAsync();
        await bench.StopAsync();
        AssertNothingLeft(bench);
    });

    [Fact]
    public void Fifo_messages_go_back_in_order() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 8, static _ => "g");
        var seen = new Seen();
        void Setup(ZanshinBuilder z) => z.Queue("a.fifo", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            using (seen.Run(message.Group!, int.Parse(message.Body)))
                await Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel);
        }));
        await bench.StartAsync(Setup);
        await bench.Until(() => seen.Count == 3);
        await bench.StopAsync();
        Assert.Equal((5, 0, 0), await bench.DepthAsync(url)); // at once, not when their ten minutes are over
        await bench.StartAsync(Setup);
        await bench.Until(() => bench.Status.Done == 5);

        seen.AssertInOrder();
        Assert.Equal(8, seen.Count);
    });

    private static void Slow(ZanshinBuilder z, int concurrency, Func<CancellationToken, Task> work)
    {
        z.Concurrency = concurrency;
        z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) => await work(cancel)));
    }

    private static void AssertNothingLeft(Bench bench)
    {
        WorkerStatus status = bench.Worker.GetStatus();
        Assert.Equal((WorkerState.Stopped, 0, 0, 0, 0L), (status.State, status.Running, status.Waiting, status.Settling, status.TasksAlive));
        Assert.All(status.Queues, static q => Assert.Equal(0, q.LeasesHeld));
    }

    private sealed class Throws(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        /// <summary>Until the client is disposed, which cancels what is left of its calls.</summary>
        public bool Fails { get; set; } = true;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            cancellationToken.Register(() =>
            {
                if (Fails)
                    throw new InvalidOperationException("no callback");
            });
            return base.SendAsync(request, cancellationToken);
        }
    }
}
