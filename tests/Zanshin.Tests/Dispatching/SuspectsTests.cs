using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Tests.Rig;
using Zanshin.Timing;

namespace Zanshin.Tests.Dispatching;

/// <summary>One message ends the process, and nobody but itself goes to the dead-letter queue for it.</summary>
public class SuspectsTests
{
    /// <summary>Each crash raised the count of all that were held: after three of them ten of ten were in the dead-letter queue, nine never finished.</summary>
    [Theory]
    [InlineData("orders", 3, 1, 10, false)]
    [InlineData("orders", 3, 1, 30, false)]
    [InlineData("orders", 5, 1, 10, false)]
    [InlineData("orders", 3, 2, 30, false)]
    [InlineData("orders", 5, 3, 40, false)]
    [InlineData("orders", 3, 1, 10, true)]
    [InlineData("orders", 5, 2, 20, true)]
    [InlineData("orders.fifo", 3, 1, 10, false)]
    [InlineData("orders.fifo", 5, 1, 10, false)]
    [InlineData("orders.fifo", 5, 2, 20, false)]
    [InlineData("orders.fifo", 5, 1, 10, true)]
    public void One_message_that_ends_the_process_takes_no_other_to_the_dead_letter_queue(string name, int maxReceives, int processes, int messages, bool batches)
    {
        for (int seed = 1; seed <= 4; seed++)
        {
            (List<string> dead, int crashes, _) = Fleet.Run(name, maxReceives, processes, messages, batches, seed);
            Assert.Equal(["poison"], dead);
            Assert.InRange(crashes, 1, maxReceives);
        }
    }

    [Fact]
    public void Without_care_it_takes_all_along()
    {
        (List<string> dead, _, _) = Fleet.Run("orders", 3, 1, 10, batches: false, seed: 1, runApartFrom: 0);
        Assert.Equal(10, dead.Count);
    }

    /// <summary>They look the same as what a crash leaves, where they come later than a lease ends.</summary>
    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    public void Retries_of_other_processes_cost_little_throughput(double share)
    {
        double with = Retried(share, 2), without = Retried(share, 0);
        Assert.True(with < 1.1 * without + 20, $"{with:0.0} s with care, {without:0.0} s without");
    }

    [Fact]
    public void A_queue_without_redeliveries_costs_one_request_more() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 200);
        List<int> asked = [];
        bench.StartsWary = true;
        bench.Faults.Watch = (action, call) =>
        {
            if (action == "ReceiveMessage")
                asked.Add(call["MaxNumberOfMessages"]!.GetValue<int>());
        };
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Done))));
        await bench.Until(() => bench.Status is { Done: 200, Settling: 0 });
        Assert.Equal(1, asked[0]);
        Assert.DoesNotContain(1, asked.Skip(1).SkipLast(2));
    });

    // How long a queue takes of whose messages some come again, late and from nowhere.
    private static double Retried(double share, int runApartFrom)
    {
        double took = 0;
        Bench.Run(async bench =>
        {
            string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
            const int Count = 6000;
            for (int i = 0; i < Count; i++)
                await bench.SendAsync(url, $"{i}");
            // Another process has had them, and gave them back for later than a lease.
            for (int had = 0; had < share * Count;)
            {
                List<Amazon.SQS.Model.Message> got = (await bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, MaxNumberOfMessages = 10 })).Messages;
                foreach (Amazon.SQS.Model.Message message in got)
                    await bench.Direct.ChangeMessageVisibilityAsync(url, message.ReceiptHandle, 20 + had++ % 200);
            }
            double began = bench.Now();
            await bench.StartAsync(z =>
            {
                z.Concurrency = 20;
                z.Queue("orders", q =>
                {
                    q.RunApartFrom = runApartFrom;
                    q.Handle(Body.Text, async (_, _, cancel) =>
                    {
                        await Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel);
                        return Outcome.Done;
                    });
                });
            });
            await bench.Until(() => bench.Status is { Done: Count, Settling: 0 }, 20_000);
            took = bench.Now() - began;
        }, TimeSpan.FromHours(10));
        return took;
    }

    /// <summary>Processes that work one queue and begin again some seconds after each crash: a crash cuts a process's network and leaves what it holds.</summary>
#pragma warning disable CA1001 // Disposed of at the end of its run.
    private sealed class Fleet(VirtualTime time, int seed)
#pragma warning restore CA1001
    {
        private readonly LocalSqs _sqs = new(new LocalSqsOptions { TimeProvider = new SteadyClock(time), Seed = seed });
        private int _crashes;

        public static (List<string> Dead, int Crashes, double Took) Run(string name, int maxReceives, int processes, int messages, bool batches, int seed, int runApartFrom = 2)
        {
            var time = new VirtualTime();
            var fleet = new Fleet(time, seed);
            (List<string>, int, double) result = default;
            time.Run(async () => result = await fleet.RunAsync(name, maxReceives, processes, messages, batches, runApartFrom), TimeSpan.FromHours(10));
            return result;
        }

        private async Task<(List<string>, int, double)> RunAsync(string name, int maxReceives, int processes, int messages, bool batches, int runApartFrom)
        {
            bool fifo = name.EndsWith(".fifo", StringComparison.Ordinal);
            using var direct = LocalSqsClient.Create(_sqs);
            Dictionary<string, string> attributes = fifo ? new() { ["FifoQueue"] = "true" } : [];
            string dead = (await direct.CreateQueueAsync(new CreateQueueRequest { QueueName = fifo ? "dead.fifo" : "dead", Attributes = new(attributes) })).QueueUrl;
            attributes["VisibilityTimeout"] = "4";
            attributes["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:{{(fifo ? "dead.fifo" : "dead")}}","maxReceiveCount":{{maxReceives}}}""";
            string url = (await direct.CreateQueueAsync(new CreateQueueRequest { QueueName = name, Attributes = attributes })).QueueUrl;
            for (int i = 0; i < messages; i++)
            {
                // On a FIFO queue some stand behind it in its group.
                await direct.SendMessageAsync(new SendMessageRequest(url, i == 3 ? "poison" : $"innocent {i}")
                {
                    MessageGroupId = fifo ? $"g{(i < 6 ? 1 : i % 4)}" : null,
                    MessageDeduplicationId = fifo ? $"{i}" : null,
                });
            }
            double began = Now();
            bool over = false;
            Task[] all = [.. Enumerable.Range(0, processes).Select(i => WorkAsync(name, i, batches, runApartFrom, () => over))];
            while (Now() - began < 600)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time);
                Dictionary<string, string> depth = (await direct.GetQueueAttributesAsync(url, ["All"])).Attributes;
                if (depth["ApproximateNumberOfMessages"] == "0" && depth["ApproximateNumberOfMessagesNotVisible"] == "0" && depth["ApproximateNumberOfMessagesDelayed"] == "0")
                    break;
            }
            over = true;
            await Task.WhenAll(all);
            List<string> bodies = [];
            while ((await direct.ReceiveMessageAsync(new ReceiveMessageRequest(dead) { MaxNumberOfMessages = 10 })).Messages is { Count: > 0 } some)
                bodies.AddRange(some.Select(static m => m.Body));
            _sqs.Dispose();
            return (bodies, _crashes, Now() - began);
        }

        private async Task WorkAsync(string name, int process, bool batches, int runApartFrom, Func<bool> over)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50 * process), time);
            for (int life = 0; !over(); life++)
            {
                var faults = new Faults(_sqs, time);
                using var client = LocalSqsClient.Create(faults);
                bool crashed = false;
                var services = new ServiceCollection();
                services.AddSingleton(new Surroundings(time, new Random(seed * 1000 + process * 100 + life), time.Context));
                services.AddSingleton<Amazon.SQS.IAmazonSQS>(client);
                services.Configure<HostOptions>(static o => o.ShutdownTimeout = TimeSpan.FromSeconds(8));
                services.AddZanshin(z => z.Queue(name, q =>
                {
                    q.RunApartFrom = runApartFrom;
                    q.WaitTime = TimeSpan.FromSeconds(2);
                    if (batches)
                        q.HandleBatch(Body.Text, async (batch, _, cancel) => await HandledAsync(batch, cancel), max: 5);
                    else
                        q.Handle(Body.Text, async (message, _, cancel) => await HandledAsync([message], cancel));
                }));
                await using ServiceProvider provider = services.BuildServiceProvider();
                var worker = provider.GetRequiredService<ZanshinWorker>();
                await worker.StartAsync(default);
                while (!over() && !crashed)
                    await Task.Delay(TimeSpan.FromMilliseconds(100), time);
                // Nothing of it reaches SQS any more.
                faults.Rule = static (_, _) => Fate.LostBefore;
                await worker.StopAsync(new CancellationToken(canceled: true));
                if (crashed)
                    await Task.Delay(TimeSpan.FromSeconds(5), time);

                async Task<Outcome> HandledAsync(IReadOnlyList<Message> run, CancellationToken cancel)
                {
                    if (run.Any(static m => m.RawText == "poison"))
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
                        if (!crashed)
                        {
                            crashed = true;
                            _crashes++;
                            faults.Rule = static (_, _) => Fate.LostBefore;
                        }
                        await Task.Delay(TimeSpan.FromHours(1), time, cancel);
                    }
                    await Task.Delay(TimeSpan.FromMilliseconds(500), time, CancellationToken.None);
                    return Outcome.Done;
                }
            }
        }

        private double Now() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
    }
}
