using System.Text;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests;

/// <summary>A simulated run replays exactly: the same seed, the same calls at the same moments, to the byte.</summary>
public class ReplayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_same_seed_gives_the_same_run(int seed)
    {
        string one = Run(seed), two = Run(seed);
        Assert.Equal(one, two);
        Assert.True(one.Length > 5_000);
    }

    [Fact]
    public void Another_seed_gives_another_run() => Assert.NotEqual(Run(1), Run(2));

    private static string Run(int seed)
    {
        var log = new StringBuilder();
        var time = new VirtualTime();
        time.Run(async () =>
        {
            var dice = new Random(seed);
            await using var bench = new Bench(time, seed);
            string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "5"));
            string fifo = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "5"));
            await bench.SendManyAsync(url, 60);
            for (int i = 0; i < 60; i++)
            {
                await bench.Direct.SendMessageAsync(new Amazon.SQS.Model.SendMessageRequest
                {
                    QueueUrl = fifo, MessageBody = $"{i}", MessageGroupId = $"g{i % 7}", MessageDeduplicationId = $"{i}",
                });
            }
            bench.Faults.Rule = (action, _) =>
            {
                Fate fate = action is "GetQueueUrl" or "GetQueueAttributes" || dice.Next(5) > 0 ? Fate.Works : (Fate)dice.Next(7);
                log.Append(time.GetUtcNow().Ticks).Append(' ').Append(action).Append(' ').Append(fate).AppendLine();
                return fate;
            };
            async ValueTask<Outcome> Handle(Message<string> message, IServiceProvider services, CancellationToken cancel)
            {
                log.Append(time.GetUtcNow().Ticks).Append(" runs ").Append(message.Queue).Append(' ').Append(message.Body).Append(' ').Append(message.Attempt).AppendLine();
                await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(1, 9000)), time, cancel);
                return dice.Next(4) switch { 0 => Outcome.Retry(), 1 => throw new InvalidOperationException("dice"), _ => Outcome.Done };
            }
            await bench.StartAsync(z =>
            {
                z.Concurrency = 12;
                z.Queue("orders", q => q.Handle(Body.Text, Handle));
                z.Queue("a.fifo", q => q.Handle(Body.Text, Handle));
            });
            await bench.Pass(300);
            await bench.StopAsync();
            log.Append(bench.Worker.GetStatus().Queues[0]).Append(bench.Worker.GetStatus().Queues[1]);
        });
        return log.ToString();
    }
}
