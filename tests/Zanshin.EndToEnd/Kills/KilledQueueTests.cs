using System.Globalization;

namespace Zanshin.EndToEnd.Kills;

/// <summary>The queue's process is killed under load; <c>ZANSHIN_KILLS</c> says how often.</summary>
public class KilledQueueTests
{
    private static int Kills { get; } = int.TryParse(Environment.GetEnvironmentVariable("ZANSHIN_KILLS"), CultureInfo.InvariantCulture, out int given) ? given : 10;

    [Fact]
    public async Task What_was_acknowledged_survives_every_kill()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        string standard = await sqs.CreateAsync("orders", visibility: 30), fifo = await sqs.CreateAsync("orders.fifo", visibility: 30);
        var ledger = new Ledger();
        var random = new Random(1);
        Load[] loads =
        [
            .. Enumerable.Range(0, 3).Select(i => new Load(server.Endpoint, standard, $"s{i}", fifo: false, ledger, seed: i)),
            .. Enumerable.Range(0, 3).Select(i => new Load(server.Endpoint, fifo, $"f{i}", fifo: true, ledger, seed: i)),
        ];
        try
        {
            using var enough = new CancellationTokenSource();
            Task[] running = [.. loads.Select(l => l.RunAsync(enough.Token))];
            for (int kill = 1; kill <= Kills && ledger.Broken.Count == 0; kill++)
            {
                int before = ledger.Acknowledged, more = random.Next(200, 2_000);
                await Poll.UntilAsync("the load goes on", () => ledger.Acknowledged > before + more || running.Any(static r => r.IsCompleted));
                await server.KillAsync();
                // A file may be opened in either mode, whichever wrote it.
                await server.AgainAsync(full: kill % 2 == 1);
            }
            await enough.CancelAsync();
            await Task.WhenAll(running);

            Assert.Empty(ledger.Broken);
            await Task.WhenAll(loads[0].DrainAsync(), loads[^1].DrainAsync());
            Assert.Empty(ledger.Broken);
            Assert.Empty(ledger.Lost());
        }
        finally
        {
            foreach (Load load in loads)
                load.Dispose();
        }
    }
}
