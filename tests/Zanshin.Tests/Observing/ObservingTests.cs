using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Observing;

public class ObservingTests
{
    private static readonly AsyncLocal<string?> s_ambient = new();

    [Fact]
    public void What_a_handler_logs_stands_in_the_scope_of_its_message() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        string id = "";
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, (message, services, _) =>
        {
            id = message.Id;
            services.GetRequiredService<ILogger<ObservingTests>>().LogInformation("inside");
            return ValueTask.CompletedTask;
        })));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal($"message {id} of orders, group none, attempt 1", Assert.Single(bench.Log.Lines, static l => l.Text == "inside").Scopes);
    });

    /// <summary>By the names on docs/events.md, as a provider writes them.</summary>
    [Theory]
    [InlineData(false, "MessageId={0}, Queue=orders, Group=tenant-7, Attempt=1")]
    [InlineData(true, "MessageIds={0}, Queue=orders")]
    public void The_scope_of_a_message_has_its_fields(bool batch, string fields) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one", group: "tenant-7");
        using var scopes = new ScopeFields();
        string id = "";
        await bench.StartAsync(
            z => z.Queue("orders", q =>
            {
                if (batch)
                    q.HandleBatch(Body.Text, (messages, services, _) => ValueTask.FromResult<BatchOutcome>(Logged(messages[0], services)));
                else
                    q.Handle(Body.Text, (message, services, _) => ValueTask.FromResult(Logged(message, services)));
            }),
            s => s.AddLogging(l => l.AddProvider(scopes)));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal(fields.Replace("{0}", id, StringComparison.Ordinal), scopes.OfInside);

        Outcome Logged(Message message, IServiceProvider services)
        {
            id = message.Id;
            services.GetRequiredService<ILogger<ObservingTests>>().LogInformation("inside");
            return Outcome.Done;
        }
    });

    private sealed class ScopeFields : ILoggerProvider, ILogger, ISupportExternalScope
    {
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public string OfInside { get; private set; } = "";

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception) != "inside")
                return;
            List<string> fields = [];
            _scopes.ForEachScope(static (scope, to) => to.AddRange((scope as IEnumerable<KeyValuePair<string, object?>> ?? []).Select(static f => $"{f.Key}={f.Value}")), fields);
            OfInside = string.Join(", ", fields);
        }

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public void Dispose()
        {
        }
    }

    [Fact]
    public void The_event_source_marks_the_start_and_end_of_every_message() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("marked");
        await bench.SendManyAsync(url, 3);
        using var listener = new Listener();
        await bench.StartAsync(static z => z.Queue("marked", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await bench.Until(() => bench.Status is { Done: 3, Settling: 0 });
        await bench.Pass(1);
        Assert.Equal(3, listener.Events.Count(static e => e == "MessageStart marked"));
        Assert.Equal(3, listener.Events.Count(static e => e == "MessageStop marked"));
    });

    [Fact]
    public void A_trace_goes_from_the_sender_through_the_queue_to_the_handler() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("traced");
        using var listener = new ActivityListener
        {
            ShouldListenTo = static s => s.Name is "Zanshin" or "test",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("test");
        ActivityTraceId? seen = null;
        await bench.StartAsync(z =>
        {
            z.Route("traced", null, Body.Text);
            z.Queue("traced", q => q.Handle(Body.Text, (_, _, _) =>
            {
                seen = Activity.Current?.TraceId;
                return ValueTask.CompletedTask;
            }));
        });
        ActivityTraceId sent;
        using (Activity activity = source.StartActivity("send")!)
        {
            sent = activity.TraceId;
            await bench.Sender.SendAsync("one");
        }
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal(sent, seen);
    });

    [Fact]
    public void Nothing_ambient_of_the_starter_or_of_another_message_reaches_a_handler() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 20);
        s_ambient.Value = "the starter's";
        List<string?> seen = [];
        await bench.StartAsync(z =>
        {
            z.Concurrency = 1;
            z.Queue("orders", q => q.Handle(Body.Text, (message, _, _) =>
            {
                seen.Add(s_ambient.Value);
                s_ambient.Value = message.Body;
                return ValueTask.CompletedTask;
            }));
        });
        await bench.Until(() => bench.Status.Done == 20);
        Assert.Equal(20, seen.Count);
        Assert.All(seen, Assert.Null);
    });

    [Fact]
    public void The_meter_tells_what_the_status_tells() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("metered");
        await bench.SendManyAsync(url, 12);
        await bench.StartAsync(static z => z.Queue("metered", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await bench.Until(() => bench.Status is { Done: 12, Settling: 0 });
        var values = new Dictionary<string, long>();
        using var listener = new MeterListener { InstrumentPublished = static (i, l) => { if (i.Meter.Name == "Zanshin") l.EnableMeasurementEvents(i); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var tag = tags.ToArray().ToDictionary(static t => t.Key, static t => t.Value);
            if (tag.GetValueOrDefault("messaging.destination.name") is "metered")
                values[string.Join('/', tag.Where(static t => t.Key.StartsWith("zanshin.", StringComparison.Ordinal)).Select(static t => t.Value).Prepend(instrument.Name))] = value;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(12, values["zanshin.messages.outcomes/done"]);
        Assert.Equal(bench.Status.Receives, values["zanshin.requests/receive"]);
        Assert.Equal(0, values["zanshin.leases.lost"]);
    });

    [Fact]
    public void In_json_a_status_has_words() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMinutes(1), bench.Time, cancel))));
        await bench.Pass(1);
        string status = System.Text.Json.JsonSerializer.Serialize(bench.Worker.GetStatus()), messages = System.Text.Json.JsonSerializer.Serialize(bench.Worker.GetInFlight());
        Assert.Contains("\"State\":\"Working\"", status, StringComparison.Ordinal);
        Assert.Contains("\"Health\":\"Healthy\"", status, StringComparison.Ordinal);
        Assert.Contains("\"State\":\"Running\"", messages, StringComparison.Ordinal);
        Assert.Contains("\"Cancelled\":\"None\"", messages, StringComparison.Ordinal);
        Assert.Equal(WorkerState.Working, System.Text.Json.JsonSerializer.Deserialize<WorkerStatus>(status)!.State);
        Assert.All(typeof(ZanshinWorker).Assembly.GetExportedTypes().Where(static t => t.IsEnum), static t => Assert.Equal($"\"{Enum.GetNames(t)[^1]}\"", System.Text.Json.JsonSerializer.Serialize(Enum.GetValues(t).GetValue(Enum.GetValues(t).Length - 1), t)));
    });

    [Fact]
    public void A_rejected_message_whose_delete_is_not_confirmed_is_not_called_done() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendAsync(url, "one");
        bench.Faults.Rule = static (action, _) => action is "DeleteMessageBatch" or "ChangeMessageVisibilityBatch" ? Fate.LostBefore : Fate.Works;
        await bench.StartAsync(static z => z.Queue("orders", static q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Reject("never")));
        }));
        await bench.Until(() => bench.Status.Unconfirmed == 1);
        bench.Faults.Rule = static (_, _) => Fate.Works;
        Assert.Contains(" of orders is rejected, but its delete is not confirmed, because its lease was lost first; if it comes again it is deleted unrun", bench.Log.Lines.Single(static l => l.Id == 23).Text, StringComparison.Ordinal);
    });

    private sealed class Listener : EventListener
    {
        private readonly Lock _lock = new();
        private readonly List<string> _events = [];

        public IReadOnlyList<string> Events
        {
            get
            {
                lock (_lock)
                    return [.. _events];
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Zanshin")
                EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            lock (_lock)
                _events.Add($"{eventData.EventName} {eventData.Payload?[0]}");
        }
    }
}
