using System.Diagnostics;
using Amazon.SQS;
using Zanshin.Bench.Harness;
using Zanshin.LocalQueue;
using Zanshin.Testing;

namespace Zanshin.Bench.LocalQueue;

/// <summary>The embedded queue as a server: how fast, for how much CPU and memory, and whether a long backlog makes it slower.</summary>
internal sealed class LocalQueueBench(bool quick)
{
    private const double NormalGoal = 12_000;
    private const double FullGoal = 8_000;
    private const double CpuGoal = 40;
    private const double NoiseGoal = 1.2;
    private const double InProcessGoal = 50; // milliseconds

    private readonly int _rounds = quick ? 1 : 5;
    private readonly int _warmUp = quick ? 5_000 : 60_000;
    private readonly int _messages = quick ? 10_000 : 60_000;
    private readonly int _pokes = quick ? 50 : 300;
    private readonly int _backlog = quick ? 50_000 : 1_000_000;

    public async Task<Report> RunAsync()
    {
        List<Peer> peers = [Peer.Ours("Zanshin, in memory"), Peer.Ours("Zanshin, NORMAL", "--data"), Peer.Ours("Zanshin, FULL", "--data", "--full")];
        if (await Fauxqs.FindAsync() is { } fauxqs)
            peers.Add(new("fauxqs 1.9.2, in memory", fauxqs));
        for (int round = 0; round < _rounds; round++)
        {
            foreach (Peer peer in peers)
                await RoundAsync(peer);
        }

        var report = new Report("queue", "The embedded queue as a server", "queue");
        WriteRates(report, peers);
        await BacklogAsync(report);
        await InProcessAsync(report);
        return report;
    }

    private async Task RoundAsync(Peer peer)
    {
        await using QueueProcess queue = await peer.StartAsync();
        using AmazonSQSClient client = Clients.Create(queue.Endpoint);
        string url = (await client.CreateQueueAsync("bench")).QueueUrl;
        var loops = new Loops(queue, client, url);
        await loops.SendAsync(_warmUp);
        await loops.ReceiveAndDeleteAsync(_warmUp);

        peer.Starts.Add(queue.Start.TotalMilliseconds);
        peer.Sends.Add(await loops.SendAsync(_messages));
        peer.Receives.Add(await loops.ReceiveAndDeleteAsync(_messages));
        peer.Pokes.AddRange(await Pokes.MillisecondsAsync(client, url, _pokes));
        peer.End();
    }

    private void WriteRates(Report report, List<Peer> peers)
    {
        report.Line($"{_rounds} rounds, each queue in turn and in a fresh process: {_warmUp:N0} messages to warm up, then {_messages:N0} of 256 bytes over the SDK, in 8 loops of ten: first all are sent, then all");
        report.Line("received and deleted. CPU is that of the queue's process, user and kernel. Medians; in brackets the lowest and the highest.");
        report.Line();
        report.Table(["received and deleted", "messages/s", "goal", "", "server CPU per message", "goal", "", "client's"], [.. peers.Select(p => new[]
        {
            p.Name, Spread(p.Receives, static r => r.PerSecond), Goal(p)?.ToString("#,##0") ?? "", Goal(p) is { } goal ? report.Goal(Peer.Median(p.Receives, static r => r.PerSecond) >= goal) : "",
            Spread(p.Receives, static r => r.ServerMicroseconds) + " us", p.IsOurs ? $"{CpuGoal}" : "", p.IsOurs ? report.Goal(Peer.Median(p.Receives, static r => r.ServerMicroseconds) <= CpuGoal) : "",
            Report.Number(Peer.Median(p.Receives, static r => r.OwnMicroseconds)) + " us",
        })]);
        report.Table(["sent", "messages/s", "server CPU per message"], [.. peers.Select(static p => new[]
        {
            p.Name, Spread(p.Sends, static r => r.PerSecond), Spread(p.Sends, static r => r.ServerMicroseconds) + " us",
        })]);
        if (peers.Find(static p => !p.IsOurs) is { } other)
        {
            report.Line($"Against {other.Name}, received and deleted: " + string.Join("; ", peers.Where(static p => p.IsOurs).Select(p =>
                $"{p.Name} {Peer.Median(p.Receives, static r => r.PerSecond) / Peer.Median(other.Receives, static r => r.PerSecond):0.00} of its rate, {Peer.Median(p.Receives, static r => r.ServerMicroseconds) / Peer.Median(other.Receives, static r => r.ServerMicroseconds):0.00} of its CPU")) + ".");
            report.Line();
        }
        report.Table(["send to a receive that waits", "p50", "goal", "", "p99", "start to first answer", "goal", ""], [.. peers.Select(p => new[]
        {
            p.Name, $"{Percentile.Of(p.Pokes, 0.5):0.00} ms", p.IsOurs ? "1 ms" : "", p.IsOurs ? report.Goal(Percentile.Of(p.Pokes, 0.5) <= 1) : "", $"{Percentile.Of(p.Pokes, 0.99):0.00} ms",
            $"{Percentile.Median(p.Starts):0} ms", p.IsOurs ? "1,000 ms" : "", p.IsOurs ? report.Goal(Percentile.Median(p.Starts) < 1_000) : "",
        })]);
    }

    // Two queues in one process take turns, so that neither the machine nor the process makes the difference.
    private async Task BacklogAsync(Report report)
    {
        Peer peer = Peer.Ours("NORMAL", "--data");
        List<Rate> few = [], many = [];
        double perMessage;
        await using (QueueProcess queue = await peer.StartAsync())
        {
            using AmazonSQSClient client = Clients.Create(queue.Endpoint);
            Loops small = await FilledAsync(queue, client, "small", 1_000);
            await small.PassAsync(_warmUp);
            long memory = queue.Memory;
            Loops large = await FilledAsync(queue, client, "large", _backlog);
            perMessage = (queue.Memory - memory) / (double)_backlog;
            for (int round = 0; round < 2 * _rounds; round++)
            {
                few.Add(await small.PassAsync(_messages / 3));
                many.Add(await large.PassAsync(_messages / 3));
            }
        }

        TimeSpan again;
        await using (QueueProcess restarted = await peer.StartAsync())
            again = restarted.Start;
        peer.End();

        double ratio = Percentile.Median([.. few.Zip(many, static (f, m) => m.ServerMicroseconds / f.ServerMicroseconds)]);
        report.Line($"Two queues of one server (NORMAL), of which one keeps 1,000 messages and the other {_backlog:N0}, take turns: each message is sent, received and deleted.");
        report.Line();
        report.Table(["messages that wait", "server CPU per message", "ratio", "goal", "", "messages/s"],
        [
            ["1,000", Spread(few, static r => r.ServerMicroseconds) + " us", "1", "", "", Spread(few, static r => r.PerSecond)],
            [$"{_backlog:N0}", Spread(many, static r => r.ServerMicroseconds) + " us", $"{ratio:0.00}", $"{NoiseGoal:0.0}", report.Goal(ratio <= NoiseGoal), Spread(many, static r => r.PerSecond)],
        ]);
        report.Line($"Memory for each message that waits, as the process grows: **{Report.Number(perMessage)} bytes**, its 256 bytes of body included. Start to first answer with {_backlog:N0} messages in the file: {again.TotalSeconds:0.0} s.");
    }

    // What a test of a user's waits for: its own SQS, to the first message received. The SDK has made calls in this process before.
    private static async Task InProcessAsync(Report report)
    {
        List<double> milliseconds = [];
        for (int i = 0; i < 50; i++)
        {
            TimeSpan began = Clock.Now;
            using var sqs = new LocalSqs();
            using AmazonSQSClient client = LocalSqsClient.Create(sqs);
            string url = (await client.CreateQueueAsync("bench")).QueueUrl;
            await client.SendMessageAsync(url, "first");
            await client.ReceiveMessageAsync(url);
            milliseconds.Add((Clock.Now - began).TotalMilliseconds);
        }
        double first = milliseconds[0], median = Percentile.Median(milliseconds);
        report.Line();
        report.Line("The queue in the process of a test (`LocalSqsClient.Create(new LocalSqs())`), from nothing to the first message received:");
        report.Line();
        report.Table(["in process", "", "goal", ""],
        [
            ["the first in a process", $"{first:0.0} ms", "", ""],
            ["each other, median", $"{median:0.0} ms", $"{InProcessGoal:0} ms", report.Goal(median < InProcessGoal)],
        ]);
    }

    private static async Task<Loops> FilledAsync(QueueProcess queue, AmazonSQSClient client, string name, int messages)
    {
        var loops = new Loops(queue, client, (await client.CreateQueueAsync(name)).QueueUrl);
        await loops.SendAsync(messages);
        return loops;
    }

    private static double? Goal(Peer peer) => peer.Name.EndsWith("NORMAL", StringComparison.Ordinal) ? NormalGoal : peer.Name.EndsWith("FULL", StringComparison.Ordinal) ? FullGoal : null;

    private static string Spread(List<Rate> rates, Func<Rate, double> of)
    {
        List<double> values = [.. rates.Select(of)];
        return $"{Report.Number(Percentile.Median(values))} ({Report.Number(values.Min())}..{Report.Number(values.Max())})";
    }

    private sealed class Peer(string name, Func<string, ProcessStartInfo>? process = null, params string[] options)
    {
        private string? _directory;

        public string Name => name;

        public bool IsOurs => process is null;

        public List<double> Starts { get; } = [];

        public List<Rate> Sends { get; } = [];

        public List<Rate> Receives { get; } = [];

        public List<double> Pokes { get; } = [];

        /// <param name="options">Of <c>zanshin local</c>; <c>--data</c> without the file.</param>
        public static Peer Ours(string name, params string[] options) => new(name, null, options);

        public Task<QueueProcess> StartAsync()
        {
            if (process is not null)
                return QueueProcess.StartAsync(process);
            if (options.Length == 0)
                return QueueProcess.StartAsync();
            _directory ??= Directory.CreateTempSubdirectory("zanshin-bench-").FullName;
            return QueueProcess.StartAsync(["--data", Path.Combine(_directory, "queue.db"), .. options[1..]]);
        }

        /// <summary>Lets go of its data file.</summary>
        public void End()
        {
            if (_directory is not null)
                Directory.Delete(_directory, recursive: true);
            _directory = null;
        }

        public static double Median(List<Rate> rates, Func<Rate, double> of) => Percentile.Median([.. rates.Select(of)]);
    }
}
