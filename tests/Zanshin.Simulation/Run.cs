using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.LocalQueue;
using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>
/// One seed, from empty queues to empty queues: messages are sent, worker processes work them through a storm of faults, some die
/// or are stopped and replaced; then the network is good, and everything must come to its end.
/// </summary>
internal sealed class Run
{
    /// <summary>After so long in calm one process goes on alone.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromMinutes(2);

    private readonly Sabotage _sabotage;
    private readonly Plan _plan;
    private readonly VirtualTime _time = new();
    private readonly EventLog _log;
    private readonly Promises _promises;
    private readonly Weather _weather;
    private readonly Random _dice;
    private readonly List<Process> _living = [];
    private readonly List<Process> _all = [];
    private readonly List<Task> _going = [];

    /// <summary>Where the whole event log goes, for one seed.</summary>
    private static string? LogFile { get; } = Environment.GetEnvironmentVariable("ZANSHIN_LOG") is { Length: > 0 } file ? file : null;

    private Run(int seed, Sabotage sabotage)
    {
        _sabotage = sabotage;
        _plan = new Plan(seed);
        _log = new EventLog(_time);
        _promises = new Promises(_plan, _time, _log);
        _weather = new Weather(_plan, _time, _promises, _log, sabotage);
        _dice = new Random(seed + 7);
    }

    // What was lost in the storm comes again when its lease ends, and those behind it in its group then.
    private TimeSpan LongestCalm => TimeSpan.FromHours(8) + _plan.LongestRun + 3 * (_plan.ExtendsPer100 > 0 ? TimeSpan.FromHours(12) : _plan.Queues.Max(static q => q.Visibility));

    /// <summary>Runs a seed; gives its event log.</summary>
    /// <exception cref="BrokenPromiseException">A promise was broken; the message has the seed, the plan, the last events, and how to see it again.</exception>
    public static string Seed(int seed, Sabotage sabotage = Sabotage.None)
    {
        var run = new Run(seed, sabotage);
        try
        {
            run._time.Run(run.PlayAsync, TimeSpan.FromDays(7));
            if (run._time.LiveTimers > 0)
                throw new BrokenPromiseException($"{run._time.LiveTimers} timers are left");
        }
        catch (Exception exception)
        {
            run.Save();
            throw new BrokenPromiseException(
                $"Seed {seed}: {exception.Message}\nPlan: {run._plan}\nThe last events:\n{run._log.Tail(60)}{(exception is BrokenPromiseException ? "" : $"\n{exception}")}\n"
                + $"Again: ZANSHIN_SEED={seed} dotnet test --project tests/Zanshin.Simulation");
        }
        run.Save();
        return run._log.ToString();
    }

    private void Save()
    {
        if (LogFile is not null && _sabotage == Sabotage.None)
            File.WriteAllText(LogFile, _log.ToString());
    }

    private async Task PlayAsync()
    {
        _log.Add($"{_plan}");
        using var sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = _time, Seed = _plan.Seed, SampleServers = _plan.SamplesServers }, _promises.Queues, epoch: 0);
        using AmazonSQSClient direct = LocalSqsClient.Create(sqs);
        using var ticks = new Ticks(_time, new Random(_plan.Seed + 11), Tick);
        await SendFirstAsync(direct);
        for (int i = 0; i < _plan.Workers; i++)
            await BeginProcessAsync(sqs);
        if (_plan.SendsMore > 0)
            _going.Add(new Senders(_plan, _time, _promises, _log).SendAsync(_living));
        if (_sabotage == Sabotage.DeletesAnother)
            await DeleteOneAsync(direct);

        await StormAsync(sqs);
        _log.Add($"calm");
        _weather.Storm = false;
        await Task.WhenAll(_going);
        await CalmAsync();

        await Task.WhenAll(_living.Select(static process => process.StopAsync()));
        // What handlers that heed no token, hung calls and late ones still take.
        while (_all.Exists(process => process.Worker.GetStatus().TasksAlive > 0) && _time.GetElapsedTime(0) < TimeSpan.FromDays(6))
            await Task.Delay(TimeSpan.FromSeconds(10), _time);
        await Task.Delay(TimeSpan.FromSeconds(20), _time);
        foreach (Process process in _all)
            await process.DisposeAsync();
        _promises.ThrowIfBroken();
    }

    // Deaths, stops, quiet and wall clocks, one after the other at drawn moments.
    private async Task StormAsync(LocalSqs sqs)
    {
        List<char> left = [.. Enumerable.Repeat('d', _plan.Deaths), .. Enumerable.Repeat('s', _plan.Stops), .. Enumerable.Repeat('q', _plan.Quiets), .. Enumerable.Repeat('w', _plan.WallJumps), .. Enumerable.Repeat('r', _plan.Resizes), .. Enumerable.Repeat('f', _plan.Freezes), .. Enumerable.Repeat('z', _plan.Suspensions)];
        long began = _time.GetTimestamp();
        TimeSpan pause = _plan.Storm / (2 + left.Count);
        while (_time.GetElapsedTime(began) < _plan.Storm)
        {
            await Task.Delay(pause * (2 * _dice.NextDouble()), _time);
            _promises.ThrowIfBroken();
            if (left.Count == 0 || _living.Count == 0)
                continue;
            int at = _dice.Next(left.Count);
            char what = left[at];
            left.RemoveAt(at);
            Process one = _living[_dice.Next(_living.Count)];
            switch (what)
            {
                case 'd':
                    one.Die();
                    await ReplaceAsync(one, sqs);
                    break;
                case 's':
                    await ReplaceAsync(one, sqs);
                    break;
                case 'q' when !one.IsQuiet:
                    _going.Add(one.BeQuietAsync(_dice.Seconds(0.1, 40)));
                    break;
                case 'f' or 'z' when !one.Clock.StandsStill:
                    _going.Add(one.StandStillAsync(LengthOfStandstill(), suspended: what == 'z'));
                    break;
                case 'r':
                    one.Resize(_dice);
                    break;
                case 'w':
                    TimeSpan by = TimeSpan.FromHours(_dice.Next(-30, 31));
                    _log.Add($"{one.Name}'s wall clock jumps by {by.TotalHours} h");
                    one.Clock.JumpWallClock(by);
                    break;
            }
        }
        if (_plan is { Broken: not null, FaultsPer1000: <= 250, Outages.Count: 0, OutageAtExtension: 0, Deaths: 0, Stops: 0, Quiets: 0, Freezes: 0, Suspensions: 0 })
            _living.ForEach(_promises.HealthIsTrue);
    }

    // About as long as leases last, or much shorter.
    private TimeSpan LengthOfStandstill()
    {
        TimeSpan lease = _plan.Queues[_dice.Next(_plan.Queues.Count)].Visibility, longest = _plan.Hours ? TimeSpan.FromHours(13) : TimeSpan.FromMinutes(5);
        TimeSpan length = _dice.OneIn(3) ? _dice.Seconds(0.01, 3) : lease * (2 * _dice.NextDouble());
        return length < longest ? length : longest;
    }

    private async Task ReplaceAsync(Process one, LocalSqs sqs)
    {
        _living.Remove(one);
        bool alone = _living.Count == 0;
        Task stop = one.StopAsync(alone, _dice.OneIn(5) ? _dice.Seconds(0, 10) : null);
        // A single worker is replaced once it is gone, others meanwhile.
        if (alone)
            await stop;
        else
            _going.Add(stop);
        await BeginProcessAsync(sqs);
    }

    // Everything must come to its end now.
    private async Task CalmAsync()
    {
        long began = _time.GetTimestamp();
        TimeSpan pause = TimeSpan.FromSeconds(0.1);
        while (_promises.Queues.Left > 0)
        {
            _promises.ThrowIfBroken();
            if (_time.GetElapsedTime(began) > LongestCalm)
                throw new BrokenPromiseException($"not done in calm: {string.Join(", ", _promises.Queues.Messages.Where(static m => !m.Gone).Take(5))}");
            // What is left waits for its time: one process is enough for that, and cheaper.
            if (_time.GetElapsedTime(began) > Enough && _living.Count > 1)
            {
                Process more = _living[^1];
                _living.Remove(more);
                await more.StopAsync();
            }
            await Task.Delay(pause, _time);
            if (pause < TimeSpan.FromMinutes(1))
                pause *= 1.1;
        }
    }

    // Nothing is left to run at this moment.
    private void Tick()
    {
        foreach (Process process in _living)
        {
            if (_sabotage == Sabotage.KeepsRoom)
                process.KeepRoom();
            _promises.Step(process);
            if (!process.Clock.StandsStill)
                _promises.RunsAreKnown(process);
        }
        _promises.LossesAreTold(name => _all.Find(p => p.Name == name) is { Surroundings.IsCertain: false });
        _promises.NoneStarves(_living, _weather.Disturbs);
        _promises.ThrowIfBroken();
    }

    private async Task SendFirstAsync(AmazonSQSClient direct)
    {
        foreach (PlannedQueue queue in _plan.Queues)
        {
            Dictionary<string, string> attributes = new() { ["VisibilityTimeout"] = $"{queue.Visibility.TotalSeconds}" };
            if (queue.Fifo)
                attributes["FifoQueue"] = "true";
            if (queue.DeadLetters)
            {
                Dictionary<string, string> kind = queue.Fifo ? new() { ["FifoQueue"] = "true" } : [];
                await direct.CreateQueueAsync(new CreateQueueRequest { QueueName = queue.DeadLetterName, Attributes = kind });
                attributes["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:{{queue.DeadLetterName}}","maxReceiveCount":{{queue.MaxReceives}}}""";
            }
            string url = (await direct.CreateQueueAsync(new CreateQueueRequest { QueueName = queue.Name, Attributes = attributes })).QueueUrl;
            foreach (int[] ten in Enumerable.Range(0, queue.Messages).Chunk(10))
                await direct.SendMessageBatchAsync(new SendMessageBatchRequest { QueueUrl = url, Entries = [.. ten.Select(n => Entry(queue, n))] });
        }
    }

    private static SendMessageBatchRequestEntry Entry(PlannedQueue queue, int n)
    {
        (string body, string? group, Dictionary<string, string> attributes) = queue.Message(n);
        return new()
        {
            Id = $"{n}",
            MessageBody = body,
            MessageGroupId = group,
            MessageDeduplicationId = queue.Fifo ? $"{n}" : null,
            MessageAttributes = attributes.ToDictionary(static a => a.Key, static a => new MessageAttributeValue { DataType = "String", StringValue = a.Value }),
        };
    }

    private async Task DeleteOneAsync(AmazonSQSClient direct)
    {
        string url = $"http://localhost:9324/000000000000/{_plan.Queues[0].Name}";
        List<Amazon.SQS.Model.Message> taken;
        do
        {
            taken = (await direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, MaxNumberOfMessages = 1, WaitTimeSeconds = 20 })).Messages ?? [];
        }
        while (taken.Count == 0 && _promises.Queues.Left > 0);
        if (taken.Count > 0)
            await direct.DeleteMessageAsync(url, taken[0].ReceiptHandle);
    }

    private async Task BeginProcessAsync(LocalSqs sqs)
    {
        var process = new Process($"w{_all.Count}", sqs, _weather, _plan, _time, _promises, _log, _plan.Seed * 100 + _all.Count, _sabotage);
        _all.Add(process);
        _living.Add(process);
        await process.StartAsync();
    }
}
