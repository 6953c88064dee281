using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.LocalQueue;
using Zanshin.Sending;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.CallOuts;

/// <summary>A worker that calls all the application code that there can be, on real threads, once for all tests of the class.</summary>
public sealed class Played : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly LocalSqs _sqs = new(new LocalSqsOptions { TimeProvider = TimeProvider.System });
    private readonly List<IDisposable> _listeners = [];

    internal Probe Probe { get; } = new();

    public int Locks { get; private set; }

    public async ValueTask InitializeAsync()
    {
        using AmazonSQSClient direct = LocalSqsClient.Create(_sqs);
        string dead = (await direct.CreateQueueAsync("dead")).QueueUrl;
        string arn = (await direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
        foreach (string name in (string[])["orders", "batches", "beside"])
        {
            await direct.CreateQueueAsync(new CreateQueueRequest
            {
                QueueName = name,
                Attributes = new() { ["VisibilityTimeout"] = "5", ["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":10}""" },
            });
        }
        Listen();
        var settings = new Settings(Probe);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Add(settings).Build());
        services.AddLogging(l => l.AddProvider(new Logs(Probe)).SetMinimumLevel(LogLevel.Information));
        services.AddSingleton<IAmazonSQS>(_ =>
        {
            Probe.Called("client factory");
            return LocalSqsClient.Create(_sqs);
        });
        services.AddSingleton(Probe);
        services.AddScoped<Scoped>();
        services.AddZanshin(Configure);
        await using ServiceProvider provider = services.BuildServiceProvider();
        var worker = provider.GetRequiredService<ZanshinWorker>();
        Probe.Worker = worker;
        await worker.StartAsync(default);
        var sender = provider.GetRequiredService<ISender>();
        var buffered = provider.GetRequiredService<IBufferedSender>();
        await buffered.EnqueueAsync("done");
        Locks = Probe.FindLocks(worker, provider.GetRequiredService<BufferedSender>());

        foreach (string body in (string[])["done", "retried", "rejected", "slow", "done", "unreadable"])
            await sender.SendAsync(body);
        await buffered.EnqueueAsync("done");
        await UntilAsync(() => worker.GetStatus().Queues[0] is { Running: 0, Waiting: 0, Settling: 0 } queue && queue.Done + queue.Rejected >= 7);
        string batches = (await direct.GetQueueUrlAsync("batches")).QueueUrl, beside = (await direct.GetQueueUrlAsync("beside")).QueueUrl;
        // Both queues of the group have something for its one slot, so that its strategy is asked.
        for (int i = 0; i < 20; i++)
        {
            await direct.SendMessageAsync(batches, "x");
            await direct.SendMessageAsync(beside, "x");
        }
        await UntilAsync(() => worker.GetStatus().Queues is [_, { Done: 20 }, { Done: 20 }]);
        worker.Queue("orders").Pause();
        worker.Queue("orders").Resume();
        worker.Quiet();
        worker.Resume();
        worker.MaxConcurrency = 7;
        worker.RateLimit = 500;
        settings.Change("Zanshin:Queues:orders:Weight", "3");
        foreach (IDisposable listener in _listeners)
            (listener as MeterListener)?.RecordObservableInstruments();
        // Still at work when the stop cancels it.
        await sender.SendAsync("stopped");
        await UntilAsync(() => worker.GetStatus().Queues[0].Running == 1);
        await worker.StopAsync(default);
        await provider.GetRequiredService<BufferedSender>().StoppedAsync(default);
    }

    public ValueTask DisposeAsync()
    {
        _listeners.ForEach(static listener => listener.Dispose());
        Probe.Dispose();
        _sqs.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Configure(ZanshinBuilder z)
    {
        (z.Concurrency, z.Timeout) = (4, TimeSpan.FromSeconds(6));
        z.OnStartup((_, _) => Call("startup"));
        z.OnDispatch((_, _, _) => Call("dispatch"));
        z.OnUtilization((_, _, _) => Call("utilization"));
        z.OnQuiet((_, _) => Call("quiet"));
        z.OnShutdown((_, _) => Call("shutdown"));
        z.OnStopped((_, _) => Call("stopped"));
        z.OnFailure((_, _) => Call("failure handler"));
        z.LimitRate(Limiter("worker"));
        z.Carry("carried", Read, _ => Probe.Called("carried value restored"));
        z.UseSend<Sends>();
        z.Use(async (message, next, cancel) =>
        {
            Probe.Called("middleware");
            return await next(message, cancel);
        });
        z.Route("orders", "text", new Texts(Probe));
        z.BufferSends(static _ => { });
        z.Queue("orders", q =>
        {
            q.TimeLimit = TimeSpan.FromSeconds(1.5);
            q.LimitRate(Limiter("queue"));
            q.Envelope = new Open(Probe);
            q.Retry(Backoff.Of((_, _) =>
            {
                Probe.Called("retry schedule");
                return TimeSpan.FromSeconds(1);
            }));
            q.RejectOn(exception =>
            {
                Probe.Called("reject rule");
                return exception is NotSupportedException;
            });
            q.Handle(new Texts(Probe), HandleAsync, h => h.RejectOn(_ =>
            {
                Probe.Called("reject rule of a handler");
                return false;
            }));
        });
        z.Group("others", g =>
        {
            g.Concurrency = 1;
            g.Polling = Polling.By("probed", () => new Strategy(Probe));
            g.LimitRate(Limiter("group"));
            g.Queue("batches", q =>
            {
                q.RunOnOwnThreads = true;
                q.UseBatch(async (batch, next, cancel) =>
                {
                    Probe.Called("batch middleware");
                    return await next(batch, cancel);
                });
                q.HandleBatch(Body.Text, (_, _, _) =>
                {
                    Probe.Called("batch handler");
                    return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
                });
            });
            g.Queue("beside", static q => q.Handle(Body.Text, static async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancel)));
        });
    }

    private async ValueTask<Outcome> HandleAsync(Message<string> message, IServiceProvider services, CancellationToken cancel)
    {
        Probe.Called("handler");
        _ = services.GetRequiredService<Scoped>();
        switch (message.Body)
        {
            case "retried" when message.Attempt == 1:
                throw new InvalidOperationException("once more");
            case "rejected":
                throw new NotSupportedException("never");
            case "slow" when message.Attempt == 1:
                using (cancel.Register(() => Probe.Called("token callback")))
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
                break;
            case "stopped":
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancel);
                break;
        }
        return Outcome.Done;
    }

    private string Read()
    {
        Probe.Called("carried value read");
        return "value";
    }

    private ValueTask Call(string callOut)
    {
        Probe.Called(callOut);
        return ValueTask.CompletedTask;
    }

    private CalledLimiter Limiter(string of) => new(() => Probe.Called($"limiter of {of}"), () => Probe.Called($"permit of {of}"));

    private void Listen()
    {
        var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != "Zanshin")
                    return;
                Probe.Called("instrument published");
                listener.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<double>((_, _, _, _) => Probe.Called("measurement"));
        meters.SetMeasurementEventCallback<long>((_, _, _, _) => Probe.Called("measurement"));
        meters.SetMeasurementEventCallback<int>((_, _, _, _) => Probe.Called("measurement"));
        meters.Start();
        var activities = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Zanshin",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
            {
                Probe.Called("activity sampled");
                return ActivitySamplingResult.AllDataAndRecorded;
            },
            ActivityStarted = _ => Probe.Called("activity started"),
            ActivityStopped = _ => Probe.Called("activity stopped"),
        };
        ActivitySource.AddActivityListener(activities);
        _listeners.AddRange([meters, activities, DiagnosticListener.AllListeners.Subscribe(new Diagnostics(Probe)), new Events(Probe)]);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        DateTimeOffset end = TimeProvider.System.GetUtcNow() + Patience;
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetUtcNow() < end, $"Not so within {Patience}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private sealed class Scoped(Probe probe) : IDisposable
    {
        public void Dispose() => probe.Called("end of the DI scope");
    }

    private sealed class Sends(Probe probe) : ISendMiddleware
    {
        public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel)
        {
            probe.Called("send middleware");
            return next(message, cancel);
        }
    }

    private sealed class Texts(Probe probe) : BodyReader<string>
    {
        public override string Read(Message message)
        {
            probe.Called("body read");
            return message.Text == "unreadable" ? throw new FormatException() : message.Text;
        }

        public override string Write(string body)
        {
            probe.Called("body written");
            return body;
        }
    }

    private sealed class Strategy(Probe probe) : PollingStrategy
    {
        public override int Next(IReadOnlyList<QueueTurn> queues)
        {
            probe.Called("polling strategy");
            return 0;
        }

        public override bool Outranks(QueueTurn queue, QueueTurn other)
        {
            probe.Called("rank of polling strategy");
            return false;
        }
    }

    private sealed class Open(Probe probe) : Envelope
    {
        public override EnvelopeContent Unwrap(EnvelopeContent content)
        {
            probe.Called("envelope");
            return content;
        }
    }

    private sealed class Logs(Probe probe) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            probe.Called("log scope");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel)
        {
            probe.Called("log level");
            return true;
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => probe.Called("log");

        public void Dispose()
        {
        }
    }

    private sealed class Diagnostics(Probe probe) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Zanshin")
                value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value) => probe.Called("diagnostic event");

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

    private sealed class Events(Probe probe) : EventListener
    {
        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Zanshin")
                EnableEvents(eventSource, EventLevel.Verbose);
        }

        // May be called before the constructor is through.
        protected override void OnEventWritten(EventWrittenEventArgs eventData) => probe?.Called("event source event");
    }

    private sealed class Settings(Probe probe) : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override bool TryGet(string key, out string? value)
        {
            probe.Called("configuration");
            return base.TryGet(key, out value);
        }

        public void Change(string key, string value)
        {
            Set(key, value);
            OnReload();
        }
    }
}
