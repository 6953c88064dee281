using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Tests.Engine;

/// <summary>Many threads at one queue: whatever they interleave to, each message is held by one and deleted once.</summary>
public sealed class QueueConcurrencyTests
{
    private const int Senders = 2;
    private const int Receivers = 4;
    private const int Each = 4000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_message_is_received_once_and_each_group_in_order(bool fifo)
    {
        using var sqs = new LocalSqs();
        var queue = sqs.Engine.Create("us-east-1", fifo ? "q.fifo" : "q", QueueSettingsReader.None(fifo), _ => null).Item1!;
        var seen = new int[Senders * Each];
        var last = new int[Senders];
        Array.Fill(last, -1);
        var left = Senders * Each;
        var threads = new List<Task>();
        for (var s = 0; s < Senders; s++)
        {
            var sender = s;
            threads.Add(ThreadAsync(() =>
            {
                for (var i = 0; i < Each; i++) queue.Send([Message((sender * Each) + i, $"g{sender}")]);
            }));
        }

        for (var r = 0; r < Receivers; r++)
        {
            var cancels = r % 2 == 0;
            threads.Add(ReceiveAsync(cancels));
        }

        await Task.WhenAll(threads).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.All(seen, times => Assert.Equal(1, times));
        Assert.Equal(new QueueCounts(0, 0, 0), queue.Count());

        async Task ReceiveAsync(bool cancels)
        {
            await Task.Yield();
            for (var round = 0; Volatile.Read(ref left) > 0; round++)
            {
                var messages = await NextAsync(cancels && round % 3 == 0);
                // Some go back unread, as when a caller is gone.
                if (round % 7 == 3)
                {
                    queue.GiveBack(messages);
                    continue;
                }

                foreach (var m in messages)
                {
                    var body = BitConverter.ToInt32(m.Message.Body);
                    Interlocked.Increment(ref seen[body]);
                    if (fifo) Assert.Equal(body % Each, ++last[body / Each]);
                    Assert.Null(queue.Delete([new ReceiptHandle(queue.Identity.Tag, m.Message.Key, m.ReceiveNumber).ToString()])[0]);
                    if (Interlocked.Decrement(ref left) == 0) queue.Close();
                }
            }
        }

        async Task<ReceivedMessage[]> NextAsync(bool abandon)
        {
            TestWaiter? waiter = null;
            var wait = TimeSpan.TicksPerMillisecond * 20;
            var outcome = queue.Receive(new(3, null, wait, null), _ => waiter = new TestWaiter());
            if (outcome is not null) return outcome.Value.Messages;
            if (abandon && queue.Cancel(waiter!)) return [];
            return (await waiter!.Outcome).Messages;
        }
    }

    private static Task ThreadAsync(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static OutgoingMessage Message(int body, string group) =>
        new() { Body = BitConverter.GetBytes(body), BodyMd5 = default, GroupId = group, DeduplicationId = $"{body}" };

    private sealed class TestWaiter : Waiter
    {
        private readonly TaskCompletionSource<ReceiveOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<ReceiveOutcome> Outcome => _outcome.Task;

        internal override void Complete(ReceiveOutcome outcome) => _outcome.SetResult(outcome);
    }
}
