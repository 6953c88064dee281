using System.Collections.Concurrent;
using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests;

/// <summary>The worker on real threads and the real clock, with faults: what virtual time's one thread cannot show.</summary>
public class RealThreadsTests
{
    private const int Messages = 1000; // on each queue
    private const int Groups = 200;
    private static readonly string[] Queues = ["orders", "a.fifo", "mail", "mail.fifo"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_dispatch_handler_that_blocks_its_thread_and_its_token_s_callback_holds_up_no_stop()
    {
        using var sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = TimeProvider.System });
        using AmazonSQSClient client = LocalSqsClient.Create(sqs);
        await client.CreateQueueAsync("orders");
        using var called = new ManualResetEventSlim();
        using var never = new ManualResetEventSlim();
        var services = new ServiceCollection();
        services.AddSingleton<IAmazonSQS>(client);
        services.AddZanshin(z =>
        {
            z.Timeout = TimeSpan.FromSeconds(2);
            z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
            z.OnDispatch((_, _, cancel) =>
            {
                cancel.Register(() => never.Wait(Patience));
                called.Set();
                never.Wait(Patience, CancellationToken.None);
                return ValueTask.CompletedTask;
            });
        });
        await using ServiceProvider provider = services.BuildServiceProvider();
        var worker = provider.GetRequiredService<ZanshinWorker>();
        await worker.StartAsync(default);
        Assert.True(called.Wait(Patience));
        await worker.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(WorkerState.Stopped, worker.GetStatus().State);
        never.Set();
        while (worker.GetStatus().TasksAlive > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
    }

    [Fact]
    public async Task Every_message_is_processed_never_twice_at_once_and_groups_keep_their_order()
    {
        TimeProvider time = TimeProvider.System;
        using var sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = time });
        using var faults = new Faults(sqs, time);
        using AmazonSQSClient client = LocalSqsClient.Create(faults), direct = LocalSqsClient.Create(sqs);
        string dead = await QueueAsync("dead", null), deadFifo = await QueueAsync("dead.fifo", null);
        foreach (string name in Queues)
        {
            bool isFifo = name.EndsWith(".fifo", StringComparison.Ordinal);
            await SendAsync(await QueueAsync(name, isFifo ? deadFifo : dead), isFifo ? static i => $"g{i % Groups}" : null);
        }

        var witness = new Witness();
        var services = new ServiceCollection();
        services.AddSingleton<IAmazonSQS>(client);
        services.Configure<HostOptions>(static o => o.ShutdownTimeout = TimeSpan.FromSeconds(20));
        services.AddZanshin(z =>
        {
            z.Concurrency = 64;
            foreach (string name in Queues)
            {
                z.Queue(name, q =>
                {
                    q.WaitTime = TimeSpan.FromSeconds(1);
                    if (name.StartsWith("mail", StringComparison.Ordinal))
                        q.HandleBatch(Body.Text, witness.HandleAsync, max: 7, gather: TimeSpan.FromMilliseconds(20));
                    else
                        q.Handle(Body.Text, witness.HandleAsync);
                });
            }
        });
        await using ServiceProvider provider = services.BuildServiceProvider();
        var worker = provider.GetRequiredService<ZanshinWorker>();
        await worker.StartAsync(default);
        faults.Rule = static (_, _) => Random.Shared.Next(100) switch
        {
            0 => Fate.LostBefore,
            1 => Fate.LostAfter,
            2 => Fate.ServerError,
            3 => Fate.Throttled,
            _ => Fate.Works,
        };
        try
        {
            await witness.All.WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{witness.Processed} of {Queues.Length * Messages} messages are processed; {worker.GetStatus()} {string.Join(' ', worker.GetStatus().Queues)}");
        }

        long began = time.GetTimestamp();
        await worker.StopAsync(default);
        Assert.InRange(time.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(20));

        Assert.Empty(witness.Complaints);
        WorkerStatus status = worker.GetStatus();
        Assert.Equal((0, 0, 0, 0L, true), (status.Running, status.Waiting, status.Settling, status.TasksAlive, status.Sound));
        Assert.All(status.Queues, static q => Assert.Equal((0, 0, 0, 0), (q.Running, q.Waiting, q.Settling, q.LeasesHeld)));

        async Task<string> QueueAsync(string name, string? deadLetters)
        {
            var attributes = new Dictionary<string, string> { ["VisibilityTimeout"] = "2" };
            if (name.EndsWith(".fifo", StringComparison.Ordinal))
                attributes["FifoQueue"] = "true";
            if (deadLetters is not null)
            {
                string arn = (await direct.GetQueueAttributesAsync(deadLetters, ["QueueArn"])).Attributes["QueueArn"];
                attributes["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":1000}""";
            }
            return (await direct.CreateQueueAsync(new CreateQueueRequest { QueueName = name, Attributes = attributes })).QueueUrl;
        }

        async Task SendAsync(string url, Func<int, string>? group)
        {
            for (int first = 0; first < Messages; first += 10)
            {
                await direct.SendMessageBatchAsync(url, [.. Enumerable.Range(first, 10).Select(i => new SendMessageBatchRequestEntry($"{i}", $"{i}")
                {
                    MessageGroupId = group?.Invoke(i),
                    MessageDeduplicationId = group is null ? null : $"{i}",
                })]);
            }
        }
    }

    [Fact]
    public async Task Handlers_that_do_not_let_go_of_their_threads_run_side_by_side()
    {
        const int AtOnce = 4;
        TimeProvider time = TimeProvider.System;
        using var sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = time });
        using AmazonSQSClient client = LocalSqsClient.Create(sqs);
        string url = (await client.CreateQueueAsync("sums")).QueueUrl;
        await client.SendMessageBatchAsync(url, [.. Enumerable.Range(0, AtOnce).Select(static i => new SendMessageBatchRequestEntry($"{i}", $"{i}"))]);
        // Each computes until the others do: on one thread the first would be alone for ever.
        int here = 0, met = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var services = new ServiceCollection();
        services.AddSingleton<IAmazonSQS>(client);
        services.AddZanshin(z => z.Queue("sums", q => q.Handle(Body.Text, (_, _, cancel) =>
        {
            Interlocked.Increment(ref here);
            while (Volatile.Read(ref here) < AtOnce)
            {
                cancel.ThrowIfCancellationRequested();
                Thread.SpinWait(100);
            }
            if (Interlocked.Increment(ref met) == AtOnce)
                all.SetResult();
            return ValueTask.FromResult(Outcome.Done);
        })));
        await using ServiceProvider provider = services.BuildServiceProvider();
        var worker = provider.GetRequiredService<ZanshinWorker>();
        await worker.StartAsync(default);

        await all.Task.WaitAsync(Patience, time);
        await worker.StopAsync(default);
    }

    /// <summary>Handles the messages of all queues, one by one and in batches, and complains.</summary>
    private sealed class Witness
    {
        private readonly ConcurrentDictionary<string, int> _running = new();
        private readonly ConcurrentDictionary<string, byte> _processed = new();
        private readonly ConcurrentDictionary<string, int> _groups = new();
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<string> Complaints { get; } = new();

        public Task All => _all.Task;

        public int Processed => _processed.Count;

        public async ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<string>> batch, IServiceProvider services, CancellationToken cancel)
        {
            var outcome = new BatchOutcome();
            HashSet<string> failed = [];
            foreach (Message<string> message in batch)
            {
                // A group goes on from the first that is to be retried.
                outcome[message] = failed.Contains(message.Group ?? message.Id) ? Outcome.Retry() : await HandleAsync(message, services, cancel);
                if (outcome[message].Kind == OutcomeKind.Retry)
                    failed.Add(message.Group ?? message.Id);
            }
            return outcome;
        }

        public async ValueTask<Outcome> HandleAsync(Message<string> message, IServiceProvider services, CancellationToken cancel)
        {
            int number = int.Parse(message.Body, CultureInfo.InvariantCulture);
            string key = message.Queue + number;
            // One at once: each message, and on the FIFO queue each group.
            string? group = message.Queue.EndsWith(".fifo", StringComparison.Ordinal) ? message.Queue + message.Group : null;
            string turn = group ?? key;
            if (_running.AddOrUpdate(turn, 1, static (_, n) => n + 1) != 1)
                Complaints.Enqueue($"{key} runs beside another of {turn}");
            try
            {
                int luck = Random.Shared.Next(200);
                if (luck < 100)
                    await Task.Delay(TimeSpan.FromMilliseconds(luck / 10), TimeProvider.System, cancel);
                if (message.Attempt == 1 && luck < 4)
                    throw new InvalidOperationException("dice");
                if (message.Attempt == 1 && luck < 8)
                    return Outcome.Retry(TimeSpan.FromSeconds(1));
                // First completions rise inside a group; a message that comes again was completed before.
                if (_processed.TryAdd(key, 0) && group is not null)
                {
                    int last = _groups.GetValueOrDefault(group, -1);
                    if (last >= 0 ? number != last + Groups : number >= Groups)
                        Complaints.Enqueue($"{key} is processed after {last}");
                    _groups[group] = number;
                }
                if (_processed.Count == Queues.Length * Messages)
                    _all.TrySetResult();
                return luck > 197 ? Outcome.Reject("dice") : Outcome.Done;
            }
            finally
            {
                _running.AddOrUpdate(turn, 0, static (_, n) => n - 1);
            }
        }
    }
}
