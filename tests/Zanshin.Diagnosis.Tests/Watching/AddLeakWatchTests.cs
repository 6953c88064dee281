using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Zanshin.Diagnosis.Tests.Watching;

public sealed class AddLeakWatchTests : IDisposable
{
    private readonly List<ITimer> _left = [];
    private readonly Lines _log = new();

    [Fact]
    public async Task A_finding_is_a_log_event_a_metric_and_degraded_health_and_the_stop_tells_what_is_left()
    {
        using IHost host = Build(static o => (o.Every, o.Linger, o.ListenFor, o.CollectEvery) = (TimeSpan.FromMilliseconds(10), TimeSpan.Zero, TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        await host.StartAsync();
        HealthCheckService health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        for (int message = 0; !_log.All.Any(IsFinding); message++)
        {
            Process($"message {message}");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
        }

        Assert.Single(_log.All, IsFinding);
        HealthReport report = await health.CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains("found: ", report.Entries["leaks"].Description, StringComparison.Ordinal);
        Assert.True(Measured("zanshin.leak.orphans") >= 48);
        Assert.True(Measured("zanshin.leak.findings") >= 1);
        await host.StopAsync();
        Assert.Contains(_log.All, static l => l.StartsWith("Warning 2: The host has stopped, and handlers have left running:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Options_are_bound_from_the_configuration_and_a_bad_one_stops_the_start()
    {
        using IHost host = Build(static _ => { }, ("LeakWatch:Every", "00:00:02"), ("LeakWatch:Linger", "-00:00:01"));
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync());
        Assert.StartsWith("The leak watch's Linger is -00:00:01", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Added_twice_it_is_one_and_without_leaks_it_says_nothing()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging(l => l.AddProvider(_log));
        builder.Services.AddLeakWatch().AddLeakWatch(static o => o.Linger = TimeSpan.FromSeconds(7));
        using IHost host = builder.Build();
        await host.StartAsync();
        Assert.Single(host.Services.GetServices<LeakWatch>());
        await host.StopAsync();
        Assert.DoesNotContain(_log.All, static l => l.Contains("Leak", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _left.ForEach(static t => t.Dispose());
        _log.Dispose();
    }

    private IHost Build(Action<LeakWatchOptions> configure, params (string Name, string Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(static s => KeyValuePair.Create(s.Name, (string?)s.Value)));
        builder.Services.AddLogging(l => l.AddProvider(_log));
        builder.Services.Configure<LeakWatchOptions>(builder.Configuration.GetSection("LeakWatch"));
        builder.Services.AddLeakWatch(configure);
        return builder.Build();
    }

    private static bool IsFinding(string line) => line.StartsWith("Warning 1: Leak ", StringComparison.Ordinal) && line.Contains(nameof(Process), StringComparison.Ordinal);

    private void Process(string id)
    {
        using var scope = LeakScope.Begin(id);
        _left.Add(TimeProvider.System.CreateTimer(static _ => { }, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan));
    }

    private static int Measured(string name)
    {
        int sum = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == name)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => sum += value);
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = []; // is its own lock

        public string[] All
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
                _lines.Add($"{logLevel} {eventId.Id}: {formatter(state, exception)}{exception}");
        }

        public void Dispose()
        {
        }
    }
}
