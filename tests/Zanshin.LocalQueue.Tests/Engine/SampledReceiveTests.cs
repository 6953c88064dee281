using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Tests.Engine;

/// <summary>Receives that sample servers, as those of SQS do.</summary>
public sealed class SampledReceiveTests : IDisposable
{
    private const int Backlog = 20_000;
    private readonly ManualTime _time = new();
    private readonly LocalSqs _sqs;

    public SampledReceiveTests() => _sqs = Sampling();

    public void Dispose() => _sqs.Dispose();

    [Fact]
    public void A_long_poll_of_a_backlog_brings_one_to_ten_often_fewer_than_ten_and_now_and_then_none()
    {
        var queue = Create(_sqs, fifo: false);
        Send(queue, Backlog);
        List<int> brought = [.. Enumerable.Range(0, 1000).Select(_ => Receive(queue, waitSeconds: 20)!.Length)];
        Assert.All(Enumerable.Range(0, 11), n => Assert.Contains(n, brought));
        Assert.InRange(brought.Where(static n => n > 0).Average(), 6.9, 7.9);
        Assert.InRange(brought.Count(static n => n == 10), 380, 520);
        Assert.InRange(brought.Count(static n => n == 0), 10, 45);
    }

    [Fact]
    public void A_short_poll_samples_some_servers_only_and_brings_less()
    {
        var queue = Create(_sqs, fifo: false);
        Send(queue, Backlog);
        Assert.InRange(Enumerable.Range(0, 1000).Average(_ => Receive(queue, waitSeconds: 0)!.Length), 4.4, 5.4);
    }

    [Fact]
    public void A_short_poll_may_miss_the_only_message_but_later_ones_find_it()
    {
        var queue = Create(_sqs, fifo: false);
        var missed = 0;
        for (var i = 0; i < 200; i++)
        {
            Send(queue, 1);
            while (Receive(queue, waitSeconds: 0) is { Length: 0 }) Assert.True(++missed < 5000);
        }

        Assert.InRange(missed, 200, 2000);
    }

    [Fact]
    public void Everything_is_received_once_and_no_receive_waits_while_there_is_something()
    {
        var queue = Create(_sqs, fifo: false);
        Send(queue, 1000);
        HashSet<int> seen = [];
        while (Receive(queue, waitSeconds: 20) is { } bodies)
        {
            Assert.All(bodies, body => Assert.True(seen.Add(body)));
        }

        Assert.Equal(1000, seen.Count);
        Assert.Equal(0, queue.Count().Visible);
    }

    [Fact]
    public void Receives_that_wait_are_given_what_arrives_until_nothing_is_left()
    {
        var queue = Create(_sqs, fifo: false);
        List<Counter> waiters = [.. Enumerable.Range(0, 30).Select(_ => new Counter())];
        foreach (var waiter in waiters) Assert.Null(queue.Receive(Ask(20), _ => waiter));
        Send(queue, 10);
        Assert.Equal(10, waiters.Sum(static w => w.Messages));
        Assert.DoesNotContain(waiters, static w => w.Completed && w.Messages == 0);
        Assert.True(waiters.Count(static w => w.Completed) > 1);
    }

    [Fact]
    public void With_a_seed_the_same_calls_bring_the_same()
    {
        using var other = Sampling();
        var (one, two) = (Create(_sqs, fifo: false), Create(other, fifo: false));
        Send(one, 500);
        Send(two, 500);
        for (var i = 0; i < 50; i++) Assert.Equal(Receive(one, waitSeconds: 0), Receive(two, waitSeconds: 0));
    }

    [Fact]
    public void A_FIFO_queue_is_not_sampled()
    {
        var queue = Create(_sqs, fifo: true);
        Send(queue, 500);
        for (var i = 0; i < 500; i += 10) Assert.Equal(Enumerable.Range(i, 10), Receive(queue, waitSeconds: 0)!);
    }

    private LocalSqs Sampling() => new(new LocalSqsOptions { TimeProvider = _time, Seed = 5, SampleServers = true });

    private static MessageQueue Create(LocalSqs sqs, bool fifo) => sqs.Engine.Create("us-east-1", fifo ? "q.fifo" : "q", QueueSettingsReader.None(fifo), _ => null).Item1!;

    private static ReceiveAsk Ask(int waitSeconds) => new(10, 1000 * TimeSpan.TicksPerSecond, waitSeconds * TimeSpan.TicksPerSecond, null);

    /// <summary>The bodies; null when the receive waits.</summary>
    private static int[]? Receive(MessageQueue queue, int waitSeconds) =>
        queue.Receive(Ask(waitSeconds), static _ => new Counter()) is { } outcome ? Array.ConvertAll(outcome.Messages, static m => BitConverter.ToInt32(m.Message.Body)) : null;

    private static void Send(MessageQueue queue, int count)
    {
        OutgoingMessage[] messages = [.. Enumerable.Range(0, count).Select(static n => new OutgoingMessage
        {
            Body = BitConverter.GetBytes(n),
            BodyMd5 = default,
            GroupId = $"{n / 10}",
            DeduplicationId = $"{n}",
        })];
        queue.Send(messages);
    }

    private sealed class Counter : Waiter
    {
        internal int Messages { get; private set; }

        internal bool Completed { get; private set; }

        internal override void Complete(ReceiveOutcome outcome) => (Completed, Messages) = (true, outcome.Messages.Length);
    }
}
