using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Pipeline;

public partial class PipelineTests
{
    public sealed record Order(int Id, string Item);

    public sealed record Cancellation(int Id);

    [JsonSerializable(typeof(Order))]
    [JsonSerializable(typeof(Cancellation))]
    public sealed partial class Json : JsonSerializerContext;

    public sealed class Journal
    {
        public List<string> Lines { get; } = [];
    }

    public sealed class PlaceOrder(Journal journal, Scoped scoped) : IHandle<Order>
    {
        public ValueTask<Outcome> HandleAsync(Message<Order> message, CancellationToken cancel)
        {
            journal.Lines.Add($"order {message.Body.Id} {message.Body.Item}, scope {scoped.Number}");
            return ValueTask.FromResult(Outcome.Done);
        }
    }

    public sealed class Cancel(Journal journal) : IHandleDone<Cancellation>
    {
        public ValueTask HandleAsync(Message<Cancellation> message, CancellationToken cancel)
        {
            journal.Lines.Add($"cancel {message.Body.Id}");
            return ValueTask.CompletedTask;
        }
    }

    public sealed class Scoped(Journal journal) : IDisposable
    {
        private static int s_made;

        public int Number { get; } = ++s_made;

        public void Dispose() => journal.Lines.Add("scope ends");
    }

    public sealed class Outer(Journal journal) : IMiddleware
    {
        public async ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel)
        {
            journal.Lines.Add("outer in");
            Outcome outcome = await next(message, cancel);
            journal.Lines.Add($"outer out {outcome}");
            return outcome;
        }
    }

    public sealed class Inner(Journal journal) : IMiddleware
    {
        public async ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel)
        {
            try
            {
                return message.Text == "skip" ? Outcome.Done : await next(message, cancel);
            }
            catch (UnreadableMessageException exception)
            {
                journal.Lines.Add($"inner saw: {exception.Message}");
                throw;
            }
        }
    }

    [Fact]
    public void Several_types_on_one_queue_go_to_their_handlers_each_in_a_scope_of_its_own() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        Journal journal = await Start(bench, static q =>
        {
            q.Handle<Order, PlaceOrder>("placed", Json.Default.Order);
            q.Handle<Cancellation, Cancel>("cancelled", Json.Default.Cancellation);
        });
        await bench.SendAsync(url, """{"Id":1,"Item":"tea"}""", type: "placed");
        await bench.Until(() => bench.Status.Done == 1);
        await bench.SendAsync(url, """{"Id":1}""", type: "cancelled");
        await bench.Until(() => bench.Status.Done == 2);
        await bench.SendAsync(url, """{"Id":2,"Item":"rice"}""", type: "placed");
        await bench.Until(() => bench.Status.Done == 3);

        Assert.Equal(5, journal.Lines.Count);
        Assert.StartsWith("order 1 tea, scope ", journal.Lines[0], StringComparison.Ordinal);
        Assert.Equal(["scope ends", "cancel 1"], journal.Lines[1..3]);
        Assert.NotEqual(journal.Lines[0][^2..], journal.Lines[3][^2..]);
    });

    [Fact]
    public void Middleware_goes_around_handlers_in_its_order_and_may_end_a_run() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        Journal journal = await Start(bench, static q => q.Use<Inner>().Handle<Cancellation, Cancel>(Json.Default.Cancellation), static z => z.Use<Outer>());
        await bench.SendAsync(url, "skip");
        await bench.Until(() => bench.Status.Done == 1);
        await bench.SendAsync(url, """{"Id":9}""");
        await bench.Until(() => bench.Status.Done == 2);

        Assert.Equal(["outer in", "outer out Done", "outer in", "cancel 9", "outer out Done"], journal.Lines);
    });

    [Fact]
    public void An_unreadable_body_is_seen_by_middleware_and_rejected_without_quoting_it() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        Journal journal = await Start(bench, static q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.Use<Inner>().Handle<Order, PlaceOrder>("placed", Json.Default.Order);
        });
        await bench.SendAsync(url, "secret, and no JSON", type: "placed");
        await bench.SendAsync(url, """{"Id":1}""", type: "unknown");
        await bench.SendAsync(url, """{"Id":1}""");
        await bench.Until(() => bench.Status is { Rejected: 3, Settling: 0 });

        Assert.Equal(3, journal.Lines.Count);
        Assert.Contains(journal.Lines, static l => l.Contains("cannot be read as Order", StringComparison.Ordinal));
        Assert.Contains(journal.Lines, static l => l.Contains("No handler of the queue has the type name 'unknown'", StringComparison.Ordinal));
        Assert.Contains(journal.Lines, static l => l.Contains("no type name", StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Text.Contains("secret", StringComparison.Ordinal));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_chosen_exception_rejects_and_a_derived_one_too() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 2);
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.RejectOn<ArgumentException>();
            q.Handle(Body.Text, (message, _, _) => message.Body == "0" ? throw new ArgumentNullException(nameof(message)) : ValueTask.CompletedTask);
        }));
        await bench.Until(() => bench.Status is { Rejected: 1, Done: 1, Settling: 0 });
    });

    [Fact]
    public void A_scope_that_fails_to_end_is_a_failed_run() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        int made = 0;
        await bench.StartAsync(
            z => z.Queue("orders", q => q.Handle(Body.Text, static (_, services, _) =>
            {
                services.GetRequiredService<Failing>();
                return ValueTask.CompletedTask;
            })),
            services => services.AddScoped(_ => new Failing(++made == 1)));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal(1, bench.Status.FailedRuns);
        Assert.Equal(2, made);
    });

    [Fact]
    public void A_time_limit_cancels_the_handler_and_is_a_retry() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        await bench.SendAsync(url, "one");
        List<(CancelReason, double)> cancelled = [];
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.TimeLimit = TimeSpan.FromSeconds(7);
            q.Handle(Body.Text, async (message, _, cancel) =>
            {
                DateTimeOffset began = bench.Time.GetUtcNow();
                try
                {
                    await Task.Delay(TimeSpan.FromSeconds(message.Attempt == 1 ? 100 : 1), bench.Time, cancel);
                }
                catch (OperationCanceledException)
                {
                    cancelled.Add((message.Cancelled, (bench.Time.GetUtcNow() - began).TotalSeconds));
                    throw;
                }
            });
        }));
        await bench.Until(() => bench.Status.Done == 1);

        (CancelReason reason, double after) = Assert.Single(cancelled);
        Assert.Equal(CancelReason.TimeLimit, reason);
        Assert.InRange(after, 7, 7.1);
        Assert.Equal(1, bench.Status.TimeLimits);
        Assert.Equal(1, bench.Status.FailedRuns);
    });

    [Fact]
    public void A_cancellation_of_the_handlers_own_is_an_exception_like_others() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        await bench.StartAsync(z => z.Queue("orders", static q => q.Handle(Body.Text, static (message, _, _) =>
            message.Attempt < 3 ? throw new TaskCanceledException("a call of its own took too long") : ValueTask.FromResult(Outcome.Done))));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal((2L, 2L, 0L), (bench.Status.FailedRuns, bench.Status.Retried, bench.Status.Returned));
    });

    [Fact]
    public void A_callback_that_throws_on_cancellation_harms_nothing() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.TimeLimit = TimeSpan.FromSeconds(1);
            q.Handle(Body.Text, async (message, _, cancel) =>
            {
                if (message.Attempt > 1)
                    return;
                await using CancellationTokenRegistration bad = cancel.Register(static () => throw new InvalidOperationException("callback"));
                await Task.Delay(TimeSpan.FromSeconds(10), bench.Time, cancel);
            });
        }));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 27);
    });

    private sealed class Failing(bool fails) : IDisposable
    {
        public void Dispose()
        {
            if (fails)
                throw new InvalidOperationException("cannot end");
        }
    }

    private static async Task<Journal> Start(Bench bench, Action<QueueBuilder> queue, Action<ZanshinBuilder>? worker = null)
    {
        await bench.StartAsync(
            z =>
            {
                worker?.Invoke(z);
                z.Queue("orders", queue);
            },
            static services => services.AddSingleton<Journal>().AddScoped<Scoped>());
        return bench.Services.GetRequiredService<Journal>();
    }
}
