using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Pipeline;

public class FailureHandlerTests
{
    public sealed class Told
    {
        public List<string> Lines { get; } = [];
    }

    /// <summary>Set by a middleware for the message, read by who is told of its failure.</summary>
    public sealed class Tenant : IDisposable
    {
        public string Name { get; set; } = "nobody";

        public bool Over { get; private set; }

        public void Dispose() => Over = true;
    }

    public sealed class Tracker(Told told, Tenant tenant) : IFailureHandler
    {
        public ValueTask HandleAsync(Failure failure, CancellationToken cancel)
        {
            Assert.False(tenant.Over);
            Assert.False(cancel.IsCancellationRequested);
            told.Lines.Add($"{failure.Message.Queue}/{failure.Message.Type} {failure.Message.Attempt} {tenant.Name}: {failure.Exception.GetType().Name} -> {failure.Outcome}");
            return ValueTask.CompletedTask;
        }
    }

    public sealed class Broken : IFailureHandler
    {
        public ValueTask HandleAsync(Failure failure, CancellationToken cancel) => throw new InvalidOperationException("the tracker is down");
    }

    private sealed class FailingEnd : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => throw new InvalidOperationException("cannot end");
    }

    [Fact]
    public void Every_failure_is_told_with_what_becomes_of_it_in_the_messages_scope() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        Told told = await StartAsync(bench, static q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.RejectOn<ArgumentException>();
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(5)));
            q.Handle("retried", Body.Text, static (message, _, _) => message.Attempt == 1 ? throw new TimeoutException() : ValueTask.CompletedTask);
            q.Handle("rejected", Body.Text, static ValueTask (_, _, _) => throw new ArgumentNullException());
            q.Handle("unreadable", Body.Bytes, static (_, _, _) => ValueTask.CompletedTask);
            q.Handle("slow", Body.Text, static async (message, services, cancel) =>
            {
                if (message.Attempt == 1)
                    await Task.Delay(TimeSpan.FromHours(1), services.GetRequiredService<Bench>().Time, cancel);
            }, static h => h.TimeLimit = TimeSpan.FromSeconds(2));
            q.Handle("outcomes", Body.Text, static (message, _, _) => ValueTask.FromResult(message.Attempt == 1 ? Outcome.Retry() : Outcome.Reject("so it is")));
            q.Handle("end", Body.Text, static (message, services, _) =>
            {
                if (message.Attempt == 1)
                    services.GetRequiredService<FailingEnd>();
                return ValueTask.CompletedTask;
            });
        });
        foreach (string type in (string[])["retried", "rejected", "unreadable", "unknown", "slow", "outcomes", "end"])
            await bench.SendAsync(url, "no base64!", type: type);
        await bench.Until(() => bench.Status is { Done: 3, Rejected: 4, Settling: 0 });

        Assert.Equal(
            [
                "orders/end 1 nobody: InvalidOperationException -> Retry after 00:00:05", // its scope has failed: it is told in another
                "orders/rejected 1 acme: ArgumentNullException -> Reject: ArgumentNullException: Value cannot be null.",
                "orders/retried 1 acme: TimeoutException -> Retry after 00:00:05",
                "orders/slow 1 acme: TaskCanceledException -> Retry after 00:00:05",
                "orders/unknown 1 acme: UnreadableMessageException -> Reject: No handler of the queue has the type name 'unknown'.",
                "orders/unreadable 1 acme: UnreadableMessageException -> Reject: The body cannot be read as Byte[] (FormatException).",
            ],
            told.Lines.Order(StringComparer.Ordinal));
        Assert.Equal(6, bench.Status.FailedRuns);
        Assert.Equal(6, bench.Log.Lines.Count(static l => l.Id == 60 && l.Text.Contains("the tracker is down", StringComparison.Ordinal))); // Broken goes before
        Assert.Equal(3, bench.Log.Lines.Count(static l => l.Id == 20)); // and each failure is logged once
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_end_of_a_failed_runs_scope_throws_does_not_stand_for_the_failure(bool batches) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        Told told = await StartAsync(bench, q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.RejectOn<ArgumentException>();
            if (batches)
            {
                q.HandleBatch(Body.Text, static (batch, _, _) =>
                {
                    batch[0].Services.GetRequiredService<FailingEnd>();
                    throw new ArgumentException("the handler's");
                });
            }
            else
            {
                q.Handle(Body.Text, static ValueTask (_, services, _) =>
                {
                    services.GetRequiredService<FailingEnd>();
                    throw new ArgumentException("the handler's");
                });
            }
        });
        await bench.SendAsync(url, "x");
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });
        Assert.EndsWith("ArgumentException -> Reject: ArgumentException: the handler's", Assert.Single(told.Lines), StringComparison.Ordinal);
        Assert.Equal((1, 0), (bench.Status.FailedRuns, bench.Status.Retried));
        Assert.Contains("cannot end", Assert.Single(bench.Log.Lines, static l => l.Id == 63).Text, StringComparison.Ordinal);
    });

    [Fact]
    public void A_stop_is_no_failure() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        Told told = await StartAsync(bench, q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel)));
        await bench.SendAsync(url, "one");
        await bench.Until(() => bench.Status.Running == 1);
        await bench.StopAsync();
        Assert.Empty(told.Lines);
        Assert.Equal(1, bench.Status.Returned);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_lost_lease_is_no_failure_but_another_exception_after_it_is(bool another) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        bench.Faults.Rule = static (action, _) => action == "ChangeMessageVisibilityBatch" ? Fate.LostBefore : Fate.Works;
        Told told = await StartAsync(bench, q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            if (message.Attempt > 1)
                return;
            try
            {
                await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
            }
            catch (OperationCanceledException) when (another)
            {
                throw new TimeoutException();
            }
        }));
        await bench.SendAsync(url, "one");
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal(1, bench.Status.LeasesLost);
        Assert.Equal(another ? ["orders/ 1 acme: TimeoutException -> Retry"] : [], told.Lines);
    });

    [Fact]
    public void A_failure_at_a_fifo_messages_last_receive_is_told_as_the_reject_that_it_becomes() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("orders.fifo", ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":"1"}"""));
        await bench.SendAsync(url, "one", group: "g");
        var told = new Told();
        await bench.StartAsync(z => z.Queue("orders.fifo", q =>
        {
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
            q.OnFailure((failure, _) =>
            {
                told.Lines.Add($"{failure.Message.Attempt} {failure.Outcome.Kind}");
                return ValueTask.CompletedTask;
            });
            q.Handle(Body.Text, static ValueTask (_, _, _) => throw new TimeoutException());
        }));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });
        Assert.Equal(["1 Retry", "2 Retry", "3 Retry", "4 Reject"], told.Lines);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(dead));
    });

    [Fact]
    public void Of_a_batch_each_failed_message_is_told() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("mail");
        foreach (string body in (string[])["AQID", "bad one!", "BAUG"])
            await bench.SendAsync(url, body);
        List<string> told = [];
        await bench.StartAsync(z => z.Queue("mail", q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
            q.OnFailure((failure, _) =>
            {
                told.Add($"{failure.Message.Text} {failure.Exception.GetType().Name} {failure.Outcome.Kind}");
                return ValueTask.CompletedTask;
            });
            q.HandleBatch(Body.Bytes, static (batch, _, _) => batch[0].Attempt == 1 ? throw new TimeoutException() : ValueTask.FromResult<BatchOutcome>(Outcome.Done), gather: TimeSpan.FromSeconds(1));
        }));
        await bench.Until(() => bench.Status is { Done: 2, Rejected: 1, Settling: 0 });
        Assert.Equal(["AQID TimeoutException Retry", "BAUG TimeoutException Retry", "bad one! UnreadableMessageException Reject"], told.Order(StringComparer.Ordinal));
    });

    [Fact]
    public void In_a_batch_that_succeeds_an_unreadable_message_is_told_alone() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("mail");
        foreach (string body in (string[])["AQID", "bad one!"])
            await bench.SendAsync(url, body);
        List<string> told = [];
        await bench.StartAsync(z => z.Queue("mail", q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.OnFailure((failure, _) =>
            {
                told.Add($"{failure.Message.Text} {failure.Outcome.Kind}");
                return ValueTask.CompletedTask;
            });
            q.HandleBatch(Body.Bytes, static (_, _, _) => ValueTask.FromResult<BatchOutcome>(Outcome.Done), gather: TimeSpan.FromSeconds(1));
        }));
        await bench.Until(() => bench.Status is { Done: 1, Rejected: 1, Settling: 0 });
        Assert.Equal(["bad one! Reject"], told);
        Assert.Equal(1, bench.Log.Lines.Count(static l => l.Id == 21));
    });

    [Fact]
    public void One_that_takes_too_long_is_cancelled_and_the_next_is_told_all_the_same() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "5"));
        await bench.SendAsync(url, "one");
        List<string> told = [];
        DateTimeOffset began = default;
        await bench.StartAsync(z =>
        {
            z.OnFailure(async (_, cancel) =>
            {
                began = bench.Time.GetUtcNow();
                await Task.Delay(Timeout.InfiniteTimeSpan, bench.Time, cancel);
            });
            z.OnFailure((failure, _) =>
            {
                told.Add($"{Math.Round((bench.Time.GetUtcNow() - began).TotalSeconds)} s, {failure.Message.Lease.Left > TimeSpan.Zero}");
                return ValueTask.CompletedTask;
            });
            z.Queue("orders", static q =>
            {
                q.TimeLimit = TimeSpan.FromSeconds(3); // the handler's, not that of who is told
                q.Handle(Body.Text, static (message, _, _) => message.Attempt == 1 ? throw new TimeoutException() : ValueTask.CompletedTask);
            });
        });
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal(["10 s, True"], told);
        Assert.Equal((0L, 0L), (bench.Status.TimeLimits, bench.Status.LeasesLost));
        Assert.Single(bench.Log.Lines, static l => l.Id == 60);
    });

    /// <summary>On the thread of its timer it ended the process.</summary>
    [Fact]
    public void A_callback_on_the_token_of_one_that_takes_too_long_may_fail() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        await bench.StartAsync(z =>
        {
            z.OnFailure(async (_, cancel) =>
            {
                await using CancellationTokenRegistration fails = cancel.Register(static () => throw new InvalidOperationException("no callback"));
                await Task.Delay(Timeout.InfiniteTimeSpan, bench.Time, cancel);
            });
            z.Queue("orders", static q => q.Handle(Body.Text, static (message, _, _) => message.Attempt == 1 ? throw new TimeoutException() : ValueTask.CompletedTask));
        });
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal(2, bench.Log.Lines.Count(static l => l.Id == 60));
        Assert.Single(bench.Log.Lines, static l => l.Id == 60 && l.Text.Contains("no callback", StringComparison.Ordinal));
    });

    [Fact]
    public void A_batchs_failures_do_not_hold_its_slot_for_long() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("mail");
        await bench.SendManyAsync(url, 10);
        int told = 0;
        await bench.StartAsync(z => z.Queue("mail", q =>
        {
            q.OnFailure(async (_, cancel) =>
            {
                told++;
                await Task.Delay(Timeout.InfiniteTimeSpan, bench.Time, cancel);
            });
            q.HandleBatch(Body.Text, static (batch, _, _) => batch[0].Attempt == 1 ? throw new TimeoutException() : ValueTask.FromResult<BatchOutcome>(Outcome.Done), gather: TimeSpan.FromSeconds(1));
        }));
        await bench.Until(() => bench.Log.Lines.Any(static l => l.Id == 61));
        Assert.Equal(3, told);
        Assert.Contains("7 failures of mail", bench.Log.Lines.Single(static l => l.Id == 61).Text, StringComparison.Ordinal);
        await bench.Until(() => bench.Status.Done == 10);
    });

    [Fact]
    public void A_stop_does_not_wait_for_who_is_told() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        bench.ShutdownTimeout = TimeSpan.FromSeconds(8);
        await bench.StartAsync(z =>
        {
            z.OnFailure(async (_, cancel) => await Task.Delay(Timeout.InfiniteTimeSpan, bench.Time, cancel));
            z.Queue("orders", static q => q.Handle(Body.Text, static ValueTask (_, _, _) => throw new TimeoutException()));
        });
        await bench.Until(() => bench.Log.Lines.Any(static l => l.Id == 20));
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();
        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 0, 3);
        Assert.Equal((1L, 0L), (bench.Status.Retried, bench.Status.Returned));
    });

    private static async Task<Told> StartAsync(Bench bench, Action<QueueBuilder> queue)
    {
        await bench.StartAsync(z =>
        {
            z.OnFailure<Broken>();
            z.Use(async (message, next, cancel) =>
            {
                message.Services.GetRequiredService<Tenant>().Name = "acme";
                return await next(message, cancel);
            });
            z.Queue("orders", q =>
            {
                queue(q);
                q.OnFailure<Tracker>();
            });
        }, services => services.AddSingleton<Told>().AddSingleton(bench).AddScoped<Tenant>().AddScoped<FailingEnd>());
        return bench.Services.GetRequiredService<Told>();
    }
}
