using System.Runtime.CompilerServices;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests;

/// <summary>After its end nothing of a message is reachable: no table, heap, list, closure or token registration holds it.</summary>
public class NothingIsKeptTests
{
    [Theory]
    [InlineData("orders")]
    [InlineData("a.fifo")]
    public void Nothing_keeps_a_message_alive_after_its_end(string name) => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync(name == "orders" ? "dead" : "dead.fifo");
        string arn = (await bench.Direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
        string url = await bench.QueueAsync(name, ("VisibilityTimeout", "10"), ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":50}"""));
        for (int i = 0; i < 300; i++)
            await bench.SendAsync(url, $"{i}", name == "orders" ? null : $"g{i % 30}");
        List<WeakReference> seen = [];
        bool down = false;
        bench.Faults.Rule = (action, n) => action switch
        {
            "ChangeMessageVisibilityBatch" when down => Fate.LostBefore,
            "DeleteMessageBatch" or "ChangeMessageVisibilityBatch" or "ReceiveMessage" when n % 4 == 0 => Fate.ServerError,
            _ => Fate.Works,
        };
        await bench.StartAsync(z =>
        {
            z.Concurrency = 30;
            z.Queue(name, q =>
            {
                q.TimeLimit = TimeSpan.FromSeconds(25);
                q.Handle(Body.Text, (message, _, cancel) => HandleAsync(bench, seen, message, cancel));
            });
        });
        await bench.Until(() => bench.Status.Done + bench.Status.Rejected > 50);
        down = true;
        await bench.Pass(30);
        down = false;
        await bench.Until(() => bench.Status is { Running: 0, Waiting: 0, Settling: 0 } now && now.Done + now.Rejected >= 300, 20_000);
        await bench.Pass(60);

        Assert.True(bench.Status is { LeasesLost: > 0, Retried: > 0, Rejected: > 0 }, $"{bench.Status}");
        int alive = Alive(seen);
        Assert.True(alive <= 3, $"{alive} of {seen.Count} messages are still reachable");
    });

    // Every way in which a run can end, by the message's number.
    private static async ValueTask<Outcome> HandleAsync(Bench bench, List<WeakReference> seen, Message<string> message, CancellationToken cancel)
    {
        Keep(seen, message);
        int kind = message.Attempt > 2 ? 0 : int.Parse(message.Body) % 6;
        await Task.Delay(TimeSpan.FromSeconds(kind == 1 ? 20 : kind == 2 ? 40 : 0.1), bench.Time, cancel);
        return kind switch
        {
            3 => Outcome.Retry(TimeSpan.FromSeconds(3)),
            4 => throw new InvalidOperationException("dice"),
            5 => Outcome.Reject("dice"),
            _ => Outcome.Done,
        };
    }

    // Not inlined, so that no local of a caller keeps what is asked for.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(List<WeakReference> seen, Message<string> message)
    {
        seen.Add(new WeakReference(message));
        seen.Add(new WeakReference(message.Lease.Holder));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Alive(List<WeakReference> seen)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return seen.Count(static s => s.IsAlive);
    }
}
