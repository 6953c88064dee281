using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

/// <summary>Whatever an application's own code throws at a message's life, the slot comes back and the lease is released.</summary>
public class LifeTests
{
    [Fact]
    public void A_retry_schedule_that_says_for_ever_takes_no_slot() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 2);
        await bench.StartAsync(z => One(z, q =>
        {
            q.Retry(Backoff.Of(static (_, _) => TimeSpan.MaxValue));
            q.Handle(Body.Text, static (message, _, _) => ValueTask.FromResult(message.Body == "0" ? Outcome.Retry() : Outcome.Done));
        }));
        await bench.Until(() => bench.Status is { Done: 1, Retried: 1, Running: 0, Settling: 0 }, 60);
        Assert.Equal((0, 1, 0), await bench.DepthAsync(url));
    });

    /// <summary>Its constructor is the application's code, and so is everything that it needs.</summary>
    [Fact]
    public void A_handler_that_cannot_be_made_is_a_failed_run_and_keeps_no_lease() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 3);
        int tries = 0;
        await bench.StartAsync(
            static z => One(z, static q => q.Handle<string, Unmade>(Body.Text)),
            services => services.AddScoped(_ => ++tries > 9 ? new Unmade() : throw new InvalidOperationException("no connection string")));
        await bench.Until(() => bench.Status is { Done: 3, Running: 0, Settling: 0 }, 300);
        Assert.Equal((9L, 9L, 0), (bench.Status.FailedRuns, bench.Status.Retried, bench.Status.LeasesHeld));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 20 && l.Text.Contains("no connection string", StringComparison.Ordinal));
    });

    [Fact]
    public void A_retry_schedule_that_fails_or_is_negative_takes_no_slot() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 3);
        await bench.StartAsync(z => One(z, q =>
        {
            q.Retry(Backoff.Of(static (attempt, _) => attempt == 1 ? throw new InvalidOperationException("schedule") : TimeSpan.MinValue));
            q.Handle(Body.Text, static (message, _, _) => ValueTask.FromResult(message.Attempt < 3 ? Outcome.Retry() : Outcome.Done));
        }));
        await bench.Until(() => bench.Status is { Done: 3, Running: 0, Settling: 0 }, 60);
    });

    [Fact]
    public void An_exception_that_throws_when_it_is_read_takes_no_slot() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 1);
        await bench.StartAsync(z => One(z, q =>
        {
            q.RejectOn<Unspeakable>();
            q.Handle(Body.Text, static (message, _, _) => message.Attempt < 2 ? throw new Unspeakable() : ValueTask.FromResult(Outcome.Done));
        }));
        await bench.Until(() => bench.Status is { Done: 1, Running: 0, Settling: 0 }, 60);
    });

    [Fact]
    public void A_logger_that_throws_ends_no_loop_and_takes_no_slot() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 12);
        bool down = true;
        bench.Faults.Rule = (action, n) => action switch
        {
            "ChangeMessageVisibilityBatch" when down => Fate.LostBefore,
            "ReceiveMessage" or "DeleteMessageBatch" when n % 3 == 0 => Fate.ServerError,
            _ => Fate.Works,
        };
        await bench.StartAsync(
            z => z.Queue("orders", q =>
            {
                q.TimeLimit = TimeSpan.FromSeconds(15);
                q.Handle(Body.Text, async (message, _, cancel) =>
                {
                    using CancellationTokenRegistration fails = cancel.Register(static () => throw new InvalidOperationException("callback"));
                    if (message.Attempt == 1)
                        await Task.Delay(TimeSpan.FromSeconds(20), bench.Time, cancel);
                    if (message.Attempt == 2)
                        throw new InvalidOperationException("handler");
                });
            }),
            static services => services.AddLogging(static l => l.AddProvider(new ThrowingLog())));
        await bench.Until(() => bench.Status.LeasesLost > 0, 60);
        down = false;
        await bench.Until(() => bench.Status is { Done: 12, Running: 0, Settling: 0 }, 600);
        await bench.StopAsync();
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
        Assert.Equal(0, bench.Status.LeasesHeld);
    });

    [Fact]
    public void An_activity_listener_that_throws_takes_no_slot()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Zanshin",
            Sample = static (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Name == "process watched0" ? throw new InvalidOperationException("sample")
                : options.Name.StartsWith("process watched", StringComparison.Ordinal) ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStarted = static activity => Fail(activity, "process watched1"),
            ActivityStopped = static activity => Fail(activity, "process watched2"),
        };
        ActivitySource.AddActivityListener(listener);
        Bench.Run(async bench =>
        {
            for (int i = 0; i < 3; i++)
                await bench.SendManyAsync(await bench.QueueAsync($"watched{i}"), 2);
            await bench.StartAsync(z =>
            {
                z.Concurrency = 1;
                for (int i = 0; i < 3; i++)
                    z.Queue($"watched{i}", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Done)));
            });
            await bench.Until(() => bench.Worker.GetStatus() is { Running: 0, Settling: 0 } status && status.Queues.All(static q => q.Done == 2), 60);
        });

        static void Fail(Activity activity, string name)
        {
            if (activity.OperationName == name)
                throw new InvalidOperationException(name);
        }
    }

    private sealed class Unmade : IHandleDone<string>
    {
        public ValueTask HandleAsync(Message<string> message, CancellationToken cancel) => ValueTask.CompletedTask;
    }

    private static void One(ZanshinBuilder z, Action<QueueBuilder> queue)
    {
        z.Concurrency = 1;
        z.Queue("orders", queue);
    }

#pragma warning disable CA1064 // Only this test throws it.
    private sealed class Unspeakable : Exception
    {
        public override string Message => throw new InvalidOperationException("message");
    }
#pragma warning restore CA1064

    private sealed class ThrowingLog : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new InvalidOperationException("scope");

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("log");

        public void Dispose()
        {
        }
    }
}
