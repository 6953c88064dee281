using Amazon.SQS.Model;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

/// <summary>
/// Batches drawn by seed: queues of every kind side by side, every outcome, faults, lost leases, stops. Checked: nothing is lost,
/// nothing runs twice at once, groups keep their order, the equations hold, and in the end nothing is left.
/// <c>ZANSHIN_BATCH_SEEDS=2000</c> plays more seeds, <c>ZANSHIN_BATCH_SEED=74</c> one.
/// </summary>
public class BatchModelTests
{
    [Fact]
    public void Whatever_happens_to_batches_nothing_is_lost_and_groups_keep_their_order()
    {
        int seeds = int.Parse(Environment.GetEnvironmentVariable("ZANSHIN_BATCH_SEEDS") ?? "60");
        int only = int.Parse(Environment.GetEnvironmentVariable("ZANSHIN_BATCH_SEED") ?? "0");
        for (int seed = only > 0 ? only : 1; seed <= (only > 0 ? only : seeds); seed++)
        {
            var world = new World(seed);
            try
            {
                var time = new VirtualTime();
                time.Run(async () =>
                {
                    await using var bench = new Bench(time, world.Seed);
                    await world.PlayAsync(bench);
                });
                Assert.Equal(0, time.LiveTimers);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{world}{(only > 0 ? "\n" + world.Journal : "")}\n{exception.Message}", exception);
            }
        }
    }

    private sealed class Known(Line line, int number)
    {
        public Line Line => line;

        public int Number => number;

        public string? Group => line.Fifo ? $"g{number % line.Groups}" : null;

        public bool Unreadable => line.Unreadables && number % 11 == 7;

        public bool Done { get; set; }

        public bool Rejected { get; set; }

        public bool Running { get; set; }

        /// <summary>Its group may go on without it.</summary>
        public bool Passed => Done || Rejected || Unreadable;

        public override string ToString() => $"{line.Name}:{number}";
    }

    /// <summary>One queue of a world.</summary>
    private sealed class Line
    {
        public Line(int index, Random dice)
        {
            Fifo = dice.Next(2) == 0;
            Name = Fifo ? $"q{index}.fifo" : $"q{index}";
            Max = Draw(dice, 0, 1, 2, 3, 10, 10, 50, 1000);
            Gather = TimeSpan.FromSeconds(Draw(dice, 0, 0, 0.5, 5, 40));
            Visibility = Draw(dice, 1, 2, 5, 30, 600);
            Groups = dice.Next(1, 6);
            Unreadables = dice.Next(3) == 0;
            TimeLimit = dice.Next(4) == 0 ? TimeSpan.FromSeconds(dice.Next(1, 10)) : null;
            Messages = [.. Enumerable.Range(0, dice.Next(5, Max > 10 ? 150 : 60)).Select(n => new Known(this, n))];
        }

        public string Name { get; }

        public bool Fifo { get; }

        /// <summary>0 for a handler of single messages.</summary>
        public int Max { get; }

        public TimeSpan Gather { get; }

        public int Visibility { get; }

        public int Groups { get; }

        public bool Unreadables { get; }

        public TimeSpan? TimeLimit { get; }

        public Known[] Messages { get; }

        public string Url { get; set; } = "";

        public string DeadUrl { get; set; } = "";

        public override string ToString() => $"{Name} ({Messages.Length} messages, {Groups} groups, max {Max}, gather {Gather.TotalSeconds}, visibility {Visibility}, limit {TimeLimit?.TotalSeconds})";

        private static T Draw<T>(Random dice, params T[] of) => of[dice.Next(of.Length)];
    }

    private sealed class Reader(Line line) : BodyReader<Known>
    {
        public override Known Read(Message message) => line.Messages[int.Parse(message.Text)] is { Unreadable: false } known ? known : throw new FormatException();

        public override string Write(Known body) => $"{body.Number}";
    }

    private sealed class World
    {
        private readonly Random _dice;
        private readonly Line[] _lines;
        private readonly int _concurrency;
        private readonly int _stops;
        private readonly int _faults;
        private readonly int _failures;
        private readonly int _ignores;
        private readonly TimeSpan _work;
        private Bench _bench = null!;
        private bool _storm = true;
        private int _runs;
        private string? _broken;

        public World(int seed)
        {
            Seed = seed;
            _dice = new Random(seed);
            _lines = [.. Enumerable.Range(0, _dice.Next(1, 4)).Select(i => new Line(i, _dice))];
            _concurrency = _dice.Next(3) == 0 ? 1 : _dice.Next(2, 12);
            _stops = _dice.Next(3);
            _faults = _dice.Next(4) == 0 ? 0 : _dice.Next(10, 250);
            _failures = _dice.Next(5) == 0 ? 0 : _dice.Next(5, 50);
            _ignores = _dice.Next(3) == 0 ? 20 : 0;
            _work = TimeSpan.FromMilliseconds(_dice.Next(4) switch { 0 => 5, 1 => 300, 2 => 3_000, _ => 15_000 });
        }

        public int Seed { get; }

        public System.Text.StringBuilder Journal { get; } = new();

        public override string ToString() =>
            $"Seed {Seed}: {string.Join(" + ", (object[])_lines)}; concurrency {_concurrency}, {_stops} stops, faults {_faults}/1000, failures {_failures} %, ignores {_ignores} %, work up to {_work}";

        public async Task PlayAsync(Bench bench)
        {
            _bench = bench;
            bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(_dice.Next(2) * _dice.Next(40));
            foreach (Line line in _lines)
            {
                string dead = $"dead-{line.Name}";
                line.DeadUrl = await bench.QueueAsync(dead);
                line.Url = await bench.QueueAsync(line.Name, ("VisibilityTimeout", $"{line.Visibility}"),
                    ("RedrivePolicy", $$"""{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:{{dead}}","maxReceiveCount":1000}"""));
                foreach (Known message in line.Messages)
                    await bench.SendAsync(line.Url, $"{message.Number}", message.Group);
            }
            bench.Faults.Rule = Fault;
            await bench.StartAsync(Setup);
            for (int i = 0; i < _stops; i++)
            {
                await bench.Pass(_dice.NextDouble() * 30);
                await StopAsync();
                await bench.StartAsync(Setup);
            }
            await bench.Pass(_dice.Next(5, 60));
            _storm = false;
            Log("calm");
            DateTimeOffset calm = bench.Time.GetUtcNow();
            do
                await bench.Until(IsOver, 1800);
            while (_broken is null && !await AreEmptyAsync() && bench.Time.GetUtcNow() < calm + TimeSpan.FromHours(1));
            await StopAsync();
            Assert.Null(_broken);
            foreach (Line line in _lines)
            {
                Assert.Equal((0, 0, 0), await bench.DepthAsync(line.Url));
                HashSet<string> dead = await DrainAsync(line.DeadUrl);
                Assert.All(line.Messages, m => Assert.True(m.Done || dead.Contains($"{m.Number}"), $"{m} is lost"));
            }
        }

        private bool IsOver() => _broken is not null || _bench.Worker.GetStatus() is { Running: 0, Waiting: 0, Settling: 0 } status
            && status.Queues.All(static q => q.LeasesHeld == 0)
            && _lines.All(static l => Array.TrueForAll(l.Messages, static m => m.Passed));

        private async Task<bool> AreEmptyAsync()
        {
            await _bench.Pass(1);
            foreach (Line line in _lines)
            {
                if (await _bench.DepthAsync(line.Url) != (0, 0, 0))
                    return false;
            }
            return true;
        }

        private async Task StopAsync()
        {
            Log("stops");
            await _bench.StopAsync();
            WorkerStatus status = _bench.Worker.GetStatus();
            Log($"has stopped, {status.Running} running");
            Assert.True(status.Sound, "The equations do not hold.");
            await _bench.Until(() => _bench.Worker.GetStatus() is { Running: 0, SlotsUsed: 0, TasksAlive: 0 }, 60);
            status = _bench.Worker.GetStatus();
            Assert.True(status.Sound, "The equations do not hold.");
            Assert.Equal((0, 0, 0, 0), (status.Running, status.Waiting, status.Settling, status.SlotsUsed));
            Assert.All(status.Queues, static q => Assert.Equal(0, q.LeasesHeld));
        }

        private void Setup(ZanshinBuilder z)
        {
            z.Concurrency = _concurrency;
            foreach (Line line in _lines)
            {
                z.Queue(line.Name, q =>
                {
                    q.TimeLimit = line.TimeLimit;
                    q.RejectOn<NotSupportedException>();
                    q.Retry(Backoff.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(45)));
                    if (line.Max == 0)
                        q.Handle(new Reader(line), async (message, _, cancel) => (await HandleAsync(line, [message], cancel))[message]);
                    else
                        q.HandleBatch(new Reader(line), (batch, _, cancel) => HandleAsync(line, batch, cancel), line.Max, line.Gather);
                });
            }
        }

        private async ValueTask<BatchOutcome> HandleAsync(Line line, IReadOnlyList<Message<Known>> batch, CancellationToken cancel)
        {
            Log($"begins {string.Join(' ', batch.Select(static m => m.Body))}");
            Broken(batch.Count > Math.Max(1, line.Max), $"a batch of {batch.Count}");
            Broken(++_runs > _concurrency, $"{_runs} runs");
            Broken(!_bench.Worker.GetStatus().Sound, "the equations do not hold");
            Begin(line, batch);
            string how = "cancelled";
            try
            {
                await Task.Delay((_storm ? _work : TimeSpan.FromMilliseconds(200)) * _dice.NextDouble(), _bench.Time, _dice.Next(100) < _ignores ? CancellationToken.None : cancel);
                var outcome = new BatchOutcome();
                if (_storm && _dice.Next(100) < _failures && Failure() is { } exception)
                {
                    how = exception.GetType().Name;
                    if (exception is NotSupportedException)
                        Array.ForEach([.. batch], static m => m.Body.Rejected = true);
                    throw exception;
                }
                HashSet<string> failed = [];
                foreach (Message<Known> message in batch)
                {
                    Outcome one = failed.Contains(message.Body.Group ?? "") || Fails() ? Outcome.Retry(TimeSpan.FromSeconds(_dice.Next(60))) : Outcome.Done;
                    if (one.Kind == OutcomeKind.Done && Fails())
                        one = Outcome.Reject("drawn");
                    else if (one.Kind == OutcomeKind.Retry && message.Body.Group is { } group)
                        failed.Add(group);
                    outcome[message] = one;
                    message.Body.Done |= one.Kind == OutcomeKind.Done;
                    message.Body.Rejected |= one.Kind == OutcomeKind.Reject;
                }
                how = string.Join(' ', batch.Select(m => outcome[m].Kind));
                return outcome;
            }
            finally
            {
                _runs--;
                foreach (Message<Known> message in batch)
                    message.Body.Running = false;
                Log($"ends {string.Join(' ', batch.Select(static m => m.Body))}: {how}");
            }
        }

        private void Begin(Line line, IReadOnlyList<Message<Known>> batch)
        {
            HashSet<Known> before = [];
            foreach (Message<Known> message in batch)
            {
                Known known = message.Body;
                Broken(known.Running, $"{known} runs twice at once");
                known.Running = true;
                if (known.Group is not null)
                {
                    foreach (Known earlier in line.Messages.Where(m => m.Group == known.Group && m.Number < known.Number))
                        Broken(!earlier.Passed && !before.Contains(earlier), $"{known} runs before {earlier}");
                }
                before.Add(known);
            }
        }

        private bool Fails() => _storm && _dice.Next(100) < _failures;

        private Exception? Failure() => _dice.Next(6) switch
        {
            0 => new TimeoutException(),
            1 => new OperationCanceledException(),
            2 => new NotSupportedException(),
            _ => null,
        };

        private Fate Fault(string action, int before)
        {
            if (!_storm || _dice.Next(1000) >= _faults || action.StartsWith("Get", StringComparison.Ordinal))
                return Fate.Works;
            Fate[] fates = action.EndsWith("Batch", StringComparison.Ordinal)
                ? [Fate.LostBefore, Fate.LostAfter, Fate.ServerError, Fate.Throttled, Fate.Hangs, Fate.Late, Fate.EachFails, Fate.Missing, Fate.Twins]
                : [Fate.LostBefore, Fate.LostAfter, Fate.ServerError, Fate.Throttled, Fate.Hangs, Fate.Late];
            Fate fate = fates[_dice.Next(fates.Length)];
            Log($"{action}: {fate}");
            return fate;
        }

        private async Task<HashSet<string>> DrainAsync(string url)
        {
            HashSet<string> bodies = [];
            while ((await _bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, MaxNumberOfMessages = 10 })).Messages is { Count: > 0 } messages)
            {
                foreach (Amazon.SQS.Model.Message message in messages)
                {
                    bodies.Add(message.Body);
                    await _bench.Direct.DeleteMessageAsync(url, message.ReceiptHandle);
                }
            }
            return bodies;
        }

        // Thrown in a handler it would be a retry.
        private void Broken(bool so, string what)
        {
            if (!so)
                return;
            _broken ??= what;
            Log($"BROKEN: {what}");
        }

        private void Log(string what) => Journal.Append($"{_bench.Time.GetUtcNow():HH:mm:ss.fff} {what}\n");
    }
}
