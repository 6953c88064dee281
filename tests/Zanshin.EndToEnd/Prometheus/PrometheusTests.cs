using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Zanshin.Tests;

namespace Zanshin.EndToEnd.Prometheus;

/// <summary>What docs/telemetry.md says of Prometheus, tried on one. Alone: meters are the process's, and rates are measured.</summary>
[Collection(WatchedProcesses.Name)]
[LeavesSomething("OpenTelemetry's SDK starts loops of its own")]
public class PrometheusTests
{
    private const string Missing = "Prometheus is not installed: ./test unpacks Debian's, or apt-get install prometheus.";

    [Fact]
    public async Task The_rules_on_the_page_are_rules()
    {
        Assert.SkipWhen(PrometheusServer.Find("promtool") is null, Missing);
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Alerts.OfPage());
            await using Child promtool = Child.Start(PrometheusServer.Find("promtool")!, ["check", "rules", file]);
            await promtool.ExitAsync();
            Assert.True(promtool.ExitCode == 0, promtool.Describe());
            Assert.Contains($"SUCCESS: {Alerts.Names(Alerts.OfPage()).Length} rules found", promtool.Out, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Each_alert_is_silent_while_all_is_well_and_fires_on_its_trouble()
    {
        Assert.SkipWhen(PrometheusServer.Find("prometheus") is null, Missing);
        RuntimeHelpers.RunClassConstructor(typeof(Sdk).TypeHandle);
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        Dictionary<string, string> urls = [];
        foreach (string queue in TroubledWorker.Queues)
            urls[queue] = await sqs.CreateAsync(queue, 2);
        await sqs.DeadLettersAsync(urls["failing"], await sqs.CreateAsync("failing-dlq", 30), 2);

        await using var worker = new TroubledWorker(server.Endpoint);
        int port = LocalServer.FreePort();
        string rules = Alerts.Hastened(Alerts.OfPage());
        using var load = new CancellationTokenSource();
        Task loading;
        PrometheusServer prometheus;
        using (MeterProvider scraped = Sdk.CreateMeterProviderBuilder().AddMeter("Zanshin").AddPrometheusHttpListener(o => (o.Host, o.Port) = ("127.0.0.1", port)).Build())
        {
            await worker.StartAsync();
            loading = LoadAsync(sqs, urls, load.Token);
            prometheus = await PrometheusServer.StartAsync(port, rules);
            await using var _ = prometheus;

            // All is well.
            await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System);
            Assert.Empty(Lines(await prometheus.QueryAsync("""max_over_time(ALERTS{alertstate="firing"}[18s])""")));
            Assert.NotEmpty(await prometheus.QueryAsync("""zanshin_queue_messages{messaging_destination_name="orders",zanshin_state="visible"}"""));
            Assert.NotEmpty(await prometheus.QueryAsync("""rate(zanshin_message_age_seconds_bucket{messaging_destination_name="orders"}[10s]) > 0"""));
            Assert.NotEmpty(await prometheus.QueryAsync("""{__name__=~"zanshin_slots_utilization(_ratio)?",zanshin_group="stuck"}"""));
            Assert.NotEmpty(await prometheus.QueryAsync("""messaging_client_operation_duration_seconds_bucket{le=~"25([.]0)?"}"""));

            // Every queue has its trouble.
            worker.MakeTrouble();
            for (int i = 0; i < 40; i++)
                await Task.WhenAll(sqs.SendAsync(urls["paused"], "x"), sqs.SendAsync(urls["late"], "x"), sqs.SendAsync(urls["late"], "x"));
            for (int i = 0; i < 4; i++)
                await Task.WhenAll(sqs.SendAsync(urls["stuck"], "x"), sqs.SendAsync(urls["failing"], "x"), sqs.SendAsync(urls["gone"], "x"));
            await Poll.UntilAsync("the messages of the queue that is to go are in handlers", () => worker.Running("gone") > 0);
            await sqs.DeleteAsync(urls["gone"]);
            (string Alert, string Label, string Of)[] expected =
            [
                ("ZanshinQueueStalled", "messaging_destination_name", "paused"),
                ("ZanshinQueuePaused", "messaging_destination_name", "paused"),
                ("ZanshinMessagesWait", "messaging_destination_name", "late"),
                ("ZanshinGroupFull", "zanshin_group", "stuck"),
                ("ZanshinSlotsLost", "zanshin_group", "stuck"),
                ("ZanshinDeadLetters", "messaging_destination_name", "failing"),
                ("ZanshinRedeliveries", "messaging_destination_name", "failing"),
                ("ZanshinLeasesLost", "messaging_destination_name", "gone"),
                ("ZanshinQueueDegraded", "messaging_destination_name", "gone"),
                ("ZanshinQueueUnhealthy", "messaging_destination_name", "gone"),
            ];
            HashSet<string> fired = [];
            await Poll.UntilAsync(
                "every alert fires",
                async () =>
                {
                    fired.UnionWith(Lines(await prometheus.QueryAsync("""ALERTS{alertstate="firing"}""")));
                    return Array.TrueForAll(expected, e => fired.Contains($"{e.Alert} {e.Of}"));
                },
                () => $"fired: {string.Join(", ", fired)}\nwanted: {string.Join(", ", expected.Select(static e => $"{e.Alert} {e.Of}"))}\n{worker.Describe()}",
                seconds: 120);
            Assert.DoesNotContain(fired, static f => f.EndsWith(" orders", StringComparison.Ordinal));
            Assert.Equal(Alerts.Names(rules).Order(), expected.Select(static e => e.Alert).Append("ZanshinNoWorker").Order());

            // Nobody tells of a worker any more.
            scraped.Dispose();
            await Poll.UntilAsync("the missing worker is missed", async () => Lines(await prometheus.QueryAsync("""ALERTS{alertstate="firing"}""")).Contains("ZanshinNoWorker "), prometheus.Describe);
        }
        await load.CancelAsync();
        await loading;
    }

    private static string[] Lines(List<Dictionary<string, string>> alerts) => [.. alerts.Select(static a =>
        $"{a["alertname"]} {a.GetValueOrDefault("messaging_destination_name") ?? a.GetValueOrDefault("zanshin_group")}").Order()];

    private static async Task LoadAsync(Sqs sqs, Dictionary<string, string> urls, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            await sqs.SendAsync(urls["orders"], "x");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None);
        }
    }
}
