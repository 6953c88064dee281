using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Handling;

public class HandlerOptionsTests
{
    [Handler("orders", Type = "order.placed", Aliases = ["OrderWorker"], TimeLimitSeconds = 30, Concurrency = 2, RetrySeconds = [5, 60], RejectOn = [typeof(FormatException)])]
    public class ShipOrder(List<string> seen, TimeProvider time) : IHandleDone<string>
    {
        public async ValueTask HandleAsync(Message<string> message, CancellationToken cancel)
        {
            lock (seen)
                seen.Add($"{message.Body} {message.Attempt} at {time.GetTimestamp() / time.TimestampFrequency}");
            if (message.Body == "slow" && message.Attempt == 1)
                await Task.Delay(TimeSpan.FromMinutes(10), time, cancel);
            if (message.Body == "bad format")
                throw new FormatException();
            if (message.Body == "fails" && message.Attempt < 4)
                throw new TimeoutException();
        }
    }

    public sealed class ShipOrderAbroad(List<string> seen, TimeProvider time) : ShipOrder(seen, time);

    [Handler("", TimeLimitSeconds = -1, Concurrency = 0, RetrySeconds = [], RejectOn = [typeof(string)])]
    public sealed class Misnamed : IHandleDone<string>
    {
        public ValueTask HandleAsync(Message<string> message, CancellationToken cancel) => ValueTask.CompletedTask;
    }

    [Handler("orders", RetrySeconds = [-1, 50_000], TimeLimitSeconds = double.NaN)]
    public sealed class Mistimed : IHandleDone<string>
    {
        public ValueTask HandleAsync(Message<string> message, CancellationToken cancel) => ValueTask.CompletedTask;
    }

    [Fact]
    public void A_handler_has_its_own_time_limit_beside_its_queues() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "own", type: "own");
        await bench.SendAsync(url, "queue's", type: "queue's");
        Dictionary<string, (CancelReason, double)> cancelled = [];
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.TimeLimit = TimeSpan.FromSeconds(100);
            q.Handle("own", Body.Text, WaitAsync, static h => h.TimeLimit = TimeSpan.FromSeconds(7));
            q.Handle("queue's", Body.Text, WaitAsync);
        }));
        await bench.Until(() => bench.Status.Done == 2);
        Assert.Equal((CancelReason.TimeLimit, 7d), cancelled["own"]);
        Assert.Equal((CancelReason.TimeLimit, 100d), cancelled["queue's"]);
        Assert.Equal((2L, 2L, 2L), (bench.Status.TimeLimits, bench.Status.FailedRuns, bench.Status.Retried));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 25 && l.Text.Contains("longer than 00:00:07", StringComparison.Ordinal));

        async ValueTask WaitAsync(Message<string> message, IServiceProvider services, CancellationToken cancel)
        {
            if (message.Attempt > 1)
                return;
            DateTimeOffset began = bench.Time.GetUtcNow();
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1000), bench.Time, cancel);
            }
            catch (OperationCanceledException)
            {
                cancelled[message.Body] = (message.Cancelled, Math.Round((bench.Time.GetUtcNow() - began).TotalSeconds));
                throw;
            }
        }
    });

    [Fact]
    public void A_batch_handler_has_its_own_time_limit_and_retries() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("mail");
        await bench.SendManyAsync(url, 3);
        List<double> begun = [];
        await bench.StartAsync(z => z.Queue("mail", q => q.HandleBatch(Body.Text, async (batch, _, cancel) =>
        {
            begun.Add(Math.Round(bench.Time.GetTimestamp() / (double)bench.Time.TimestampFrequency));
            if (batch[0].Attempt == 1)
                await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
            return Outcome.Done;
        }, gather: TimeSpan.FromSeconds(1), configure: static h =>
        {
            h.TimeLimit = TimeSpan.FromSeconds(9);
            h.Retry(Backoff.Delays(TimeSpan.FromSeconds(40)));
        })));
        await bench.Until(() => bench.Status.Done == 3);
        Assert.Equal(1, bench.Status.TimeLimits);
        Assert.InRange(begun[1] - begun[0], 49, 51);
    });

    [Fact]
    public void A_handler_has_its_own_retries_and_rejects_and_those_of_its_queue() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        foreach (string type in (string[])["argument", "format", "timeout", "other"])
            await bench.SendAsync(url, type, type: type);
        Dictionary<string, TimeSpan> delays = [];
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.RejectOn<ArgumentException>();
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(3)));
            q.OnFailure((failure, _) =>
            {
                if (failure.Message.Attempt == 1 && failure.Outcome.Kind == OutcomeKind.Retry)
                    delays[failure.Message.Body()] = failure.Outcome.Delay!.Value;
                return ValueTask.CompletedTask;
            });
            foreach (string own in (string[])["argument", "format", "timeout"])
            {
                q.Handle(own, Body.Text, Fail, static h =>
                {
                    h.RejectOn<FormatException>();
                    h.RejectOn(static e => e.Message == "never again");
                    h.Retry(Backoff.Delays(TimeSpan.FromSeconds(20)));
                });
            }
            q.Handle("other", Body.Text, Fail);
        }));
        await bench.Until(() => bench.Status is { Done: 2, Rejected: 2, Settling: 0 });
        Assert.Equal(TimeSpan.FromSeconds(20), delays["timeout"]);
        Assert.Equal(TimeSpan.FromSeconds(3), delays["other"]);
        Assert.Equal(2, delays.Count);

        static ValueTask Fail(Message<string> message, IServiceProvider services, CancellationToken cancel) => (message.Body, message.Attempt) switch
        {
            ("argument", _) => throw new ArgumentNullException(),
            ("format", _) => throw new FormatException(),
            ("timeout" or "other", 1) => throw new FormatExceptionLike(),
            _ => ValueTask.CompletedTask,
        };
    });

    [Fact]
    public void A_rule_for_rejects_that_throws_is_logged_and_the_message_retried() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        await bench.StartAsync(static z => z.Queue("orders", static q =>
        {
            q.RejectOn(static _ => throw new InvalidOperationException("the rule"));
            q.Handle(Body.Text, static (message, _, _) => message.Attempt == 1 ? throw new TimeoutException() : ValueTask.CompletedTask);
        }));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Contains("the rule", Assert.Single(bench.Log.Lines, static l => l.Id == 62).Text, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_attribute_says_holds_for_the_class_and_its_subclasses(bool subclass) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<string> seen = [];
        await bench.StartAsync(
            z => z.Queue("orders", q =>
            {
                q.Reject = RejectPolicy.Delete;
                if (subclass)
                    q.Handle<string, ShipOrderAbroad>(Body.Text);
                else
                    q.Handle<string, ShipOrder>(Body.Text);
            }),
            services => Add(services, bench, seen));
        await bench.SendAsync(url, "slow", type: "order.placed");
        await bench.SendAsync(url, "fails", type: "OrderWorker");
        await bench.SendAsync(url, "bad format", type: "order.placed");
        await bench.SendAsync(url, "unknown", type: "order.cancelled");
        await bench.Until(() => bench.Status is { Done: 2, Rejected: 2, Settling: 0 });

        Assert.Equal(1, bench.Status.TimeLimits);
        List<long> fails = [.. seen.Where(static s => s.StartsWith("fails", StringComparison.Ordinal)).Select(static s => long.Parse(s[(s.LastIndexOf(' ') + 1)..]))];
        Assert.Equal(4, fails.Count);
        Assert.InRange(fails[1] - fails[0], 5, 6);
        Assert.InRange(fails[2] - fails[1], 60, 61);
        Assert.InRange(fails[3] - fails[2], 60, 61); // the last one repeats
        List<long> slow = [.. seen.Where(static s => s.StartsWith("slow", StringComparison.Ordinal)).Select(static s => long.Parse(s[(s.LastIndexOf(' ') + 1)..]))];
        Assert.InRange(slow[1] - slow[0], 35, 37);
    });

    [Fact]
    public void Code_has_the_last_word_over_the_attribute() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<string> seen = [];
        HandlerBuilder<IMiddleware>? options = null;
        await bench.StartAsync(
            z => z.Queue("orders", q => q.Handle<string, ShipOrder>("code", Body.Text, h =>
            {
                options = h;
                Assert.Equal((TimeSpan.FromSeconds(30), 2, "OrderWorker"), (h.TimeLimit, h.Concurrency, h.Aliases.Single()));
                h.TimeLimit = TimeSpan.FromSeconds(4);
                h.Concurrency = null;
                h.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
            })),
            services => Add(services, bench, seen));
        await bench.SendAsync(url, "slow", type: "code");
        await bench.Until(() => bench.Status.Done == 1);
        List<long> slow = [.. seen.Select(static s => long.Parse(s[(s.LastIndexOf(' ') + 1)..]))];
        Assert.InRange(slow[1] - slow[0], 5, 7);
        Assert.Null(options!.Concurrency);
    });

    [Fact]
    public void Everything_wrong_with_handlers_is_said_at_start() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.QueueAsync("mail");
        bench.Setup(static z =>
        {
            z.TypeAttributes.Add(" ");
            z.Queue("orders", static q =>
            {
                q.Handle<string, Misnamed>("a", Body.Text);
                q.Handle<string, Mistimed>("b", Body.Text);
                q.Handle("c", Body.Text, Done, static h =>
                {
                    h.Concurrency = 10_001;
                    h.TimeLimit = TimeSpan.FromHours(13);
                    h.Aliases.Add("a");
                    h.Aliases.Add("");
                });
            });
            z.Queue("mail", static q => q.HandleBatch(Body.Text, static (_, _, _) => ValueTask.FromResult<BatchOutcome>(Outcome.Done), configure: static h =>
            {
                h.Aliases.Add("x");
                h.Concurrency = -1;
            }));
        });
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        string[] expected =
        [
            "TypeAttributes has ' '",
            "Queue 'orders' has 2 handlers for the type 'a'",
            "Handler Misnamed of queue 'orders' has RetrySeconds without a delay",
            "Handler Misnamed of queue 'orders' has String among its RejectOn",
            "Handler Misnamed of queue 'orders' has an empty name among the queues",
            "Handler Misnamed of queue 'orders' has a TimeLimit of -00:00:01",
            "Handler Misnamed of queue 'orders' has a Concurrency of 0",
            "Handler Mistimed of queue 'orders' has a TimeLimit of -",
            "Handler Mistimed of queue 'orders' retries after up to 13:53:20",
            "Handler Mistimed of queue 'orders' retries after -00:00:01",
            "Handler the function for String of queue 'orders' has a Concurrency of 10001",
            "Handler the function for String of queue 'orders' has a TimeLimit of 13:00:00",
            "Handler the function for String of queue 'orders' has an empty name among its Aliases",
            "Batch handler the function for String of queue 'mail' has Aliases",
            "Batch handler the function for String of queue 'mail' has a Concurrency of -1",
        ];
        Assert.All(expected, start => Assert.Contains(error.Problems, problem => problem.StartsWith(start, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, error.Problems.Count);

        static ValueTask Done(Message<string> message, IServiceProvider services, CancellationToken cancel) => ValueTask.CompletedTask;
    });

    private static void Add(Microsoft.Extensions.DependencyInjection.IServiceCollection services, Bench bench, List<string> seen)
    {
        services.Add(new(typeof(List<string>), seen));
        services.Add(new(typeof(TimeProvider), bench.Time));
    }

    private sealed class FormatExceptionLike : Exception;
}

file static class Untyped
{
    public static string Body(this Message message) => message.Text;
}
