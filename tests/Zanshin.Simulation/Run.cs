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
    private static readonly TimeSpan LongestCalm = TimeSpan.FromHours(8);

    private readonly Plan _plan;
    private readonly VirtualTime _time = new();
    private readonly EventLog _log;
    private readonly Promises _promises;
    private readonly List<Process> _processes = [];
    private int _started;

    private Run(int seed)
    {
        _plan = new Plan(seed);
        _log = new EventLog(_time);
        _promises = new Promises(_log);
    }

    /// <summary>Runs a seed; gives its event log.</summary>
    /// <exception cref="BrokenPromiseException">A promise was broken; the message has the seed, the plan and the last events.</exception>
    public static string Seed(int seed)
    {
        var run = new Run(seed);
        try
        {
            run._time.Run(run.PlayAsync, TimeSpan.FromDays(2));
            if (run._time.LiveTimers > 0)
                throw new BrokenPromiseException($"{run._time.LiveTimers} timers are left");
        }
        catch (Exception exception)
        {
            throw new BrokenPromiseException(
                $"Seed {seed}: {exception.Message}\nPlan: {run._plan}\nThe last events:\n{run._log.Tail(60)}\n{(exception is BrokenPromiseException ? "" : exception)}");
        }
        return run._log.ToString();
    }

    private async Task PlayAsync()
    {
        using var sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = _time, Seed = _plan.Seed }, _promises, epoch: 0);
        using AmazonSQSClient direct = LocalSqsClient.Create(sqs);
        await SendAllAsync(direct);
        for (int i = 0; i < _plan.Workers; i++)
            await BeginProcessAsync(sqs);

        await StormAsync(sqs);
        foreach (Process process in _processes)
            process.Network.Storm = false;

        DateTimeOffset calm = _time.GetUtcNow();
        for (TimeSpan pause = TimeSpan.FromSeconds(0.1); !_promises.Messages.All(static m => m.Over) || !await EmptyAsync(direct); pause *= 1.1)
        {
            _promises.ThrowIfBroken();
            if (_time.GetUtcNow() - calm > LongestCalm)
                throw new BrokenPromiseException($"not done in calm: {string.Join(", ", _promises.Messages.Where(static m => !m.Over).Take(5))}");
            await Task.Delay(pause < TimeSpan.FromMinutes(1) ? pause : TimeSpan.FromMinutes(1), _time);
        }
        foreach (Process process in _processes)
            await process.StopAsync();
        _promises.ThrowIfBroken();
        foreach (Process process in _processes)
            await process.DisposeAsync();
    }

    private async Task SendAllAsync(AmazonSQSClient direct)
    {
        foreach (PlannedQueue queue in _plan.Queues)
        {
            Dictionary<string, string> attributes = new() { ["VisibilityTimeout"] = $"{queue.Visibility.TotalSeconds}" };
            if (queue.Fifo)
                attributes["FifoQueue"] = "true";
            if (queue.DeadLetters)
            {
                Dictionary<string, string> kind = queue.Fifo ? new() { ["FifoQueue"] = "true" } : [];
                string dead = (await direct.CreateQueueAsync(new CreateQueueRequest { QueueName = $"dead-{queue.Name}", Attributes = kind })).QueueUrl;
                string arn = (await direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
                attributes["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":{{queue.MaxReceives}}}""";
            }
            string url = (await direct.CreateQueueAsync(new CreateQueueRequest { QueueName = queue.Name, Attributes = attributes })).QueueUrl;
            for (int i = 0; i < queue.Messages; i++)
            {
                string? group = queue.Fifo ? $"g{i % queue.Groups}" : null;
                SendMessageResponse sent = await direct.SendMessageAsync(new SendMessageRequest
                {
                    QueueUrl = url, MessageBody = $"{i}", MessageGroupId = group, MessageDeduplicationId = queue.Fifo ? $"{i}" : null,
                });
                _promises.Sent(sent.MessageId, queue, url, group);
            }
        }
    }

    private async Task StormAsync(LocalSqs sqs)
    {
        var dice = new Random(_plan.Seed + 7);
        int deaths = _plan.Deaths, stops = _plan.Stops;
        DateTimeOffset end = _time.GetUtcNow() + _plan.Storm;
        List<Task> stopping = [];
        while (_time.GetUtcNow() < end)
        {
            await Task.Delay(_plan.Storm * (dice.NextDouble() / 4), _time);
            _promises.ThrowIfBroken();
            Process one = _processes[dice.Next(_processes.Count)];
            if (deaths > 0 && dice.Next(2) == 0)
            {
                deaths--;
                one.Die();
            }
            else if (stops > 0 && dice.Next(2) == 0)
            {
                stops--;
            }
            else
            {
                continue;
            }
            _processes.Remove(one);
            stopping.Add(EndAsync(one));
            await BeginProcessAsync(sqs);
        }
        foreach (Task stop in stopping)
            await stop;
    }

    private static async Task EndAsync(Process process)
    {
        await process.StopAsync();
        await process.DisposeAsync();
    }

    private async Task BeginProcessAsync(LocalSqs sqs)
    {
        var process = new Process($"w{_started}", sqs, _plan, _time, _promises, _log, _plan.Seed * 100 + _started);
        _started++;
        await process.StartAsync();
        _processes.Add(process);
    }

    private async Task<bool> EmptyAsync(AmazonSQSClient direct)
    {
        foreach (PlannedQueue queue in _plan.Queues)
        {
            Dictionary<string, string> a = (await direct.GetQueueAttributesAsync($"http://localhost:9324/000000000000/{queue.Name}", ["All"])).Attributes;
            if (a["ApproximateNumberOfMessages"] != "0" || a["ApproximateNumberOfMessagesNotVisible"] != "0" || a["ApproximateNumberOfMessagesDelayed"] != "0")
                return false;
        }
        return true;
    }
}
