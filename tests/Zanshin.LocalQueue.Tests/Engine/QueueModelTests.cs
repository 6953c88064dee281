using CsCheck;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Tests.Engine;

/// <summary>Random sequences of calls against a model so simple that it is plainly right.</summary>
public sealed class QueueModelTests
{
    private static readonly Gen<Step> Steps = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 9], Gen.Int[0, 40]).Select((kind, a, b) => new Step(kind, a, b));

    [Theory]
    [InlineData(false, 0, false)]
    [InlineData(true, 0, false)]
    [InlineData(false, 3, false)]
    [InlineData(true, 3, false)]
    [InlineData(false, 0, true)]
    [InlineData(true, 0, true)]
    [InlineData(false, 3, true)]
    public void The_queue_does_what_the_model_does(bool fifo, int maxReceives, bool samples) =>
        Steps.List[1, 120].Sample(steps => Run(steps, fifo, maxReceives, samples), iter: 1500);

    private static void Run(List<Step> steps, bool fifo, int maxReceives, bool samples)
    {
        var time = new ManualTime();
        using var sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = time, Seed = 3, SampleServers = samples });
        var dead = Create(sqs, fifo ? "dead.fifo" : "dead", fifo, null);
        var queue = Create(sqs, fifo ? "q.fifo" : "q", fifo, maxReceives == 0 ? null : new(dead.Identity.Arn, dead.Identity.Name, maxReceives));
        var model = new Model(fifo, maxReceives, samples && !fifo);
        var handles = new List<(string Handle, int Body, int Receive)>();
        var sent = 0;
        foreach (var (kind, a, b) in steps)
        {
            switch (kind)
            {
                case 0 or 1:
                    var delay = fifo ? 0 : a % 4;
                    queue.Send([Message(sent, $"g{a % 3}", delay)]);
                    model.Send(sent++, $"g{a % 3}", delay);
                    break;
                case 2 or 3:
                    var outcome = queue.Receive(new(1 + a, b % 8 * TimeSpan.TicksPerSecond, 0, null), _ => throw new InvalidOperationException());
                    var bodies = Array.ConvertAll(outcome!.Value.Messages, m => BitConverter.ToInt32(m.Message.Body));
                    model.Receive(bodies, Drain(dead, samples), 1 + a, b % 8);
                    foreach (var m in outcome.Value.Messages)
                    {
                        var body = BitConverter.ToInt32(m.Message.Body);
                        Assert.Equal(model.Receives(body), m.ReceiveCount);
                        handles.Add((new ReceiptHandle(queue.Identity.Tag, m.Message.Key, m.ReceiveNumber).ToString(), body, m.ReceiveCount));
                    }

                    break;
                case 4 when handles.Count > 0:
                    var delete = handles[b % handles.Count];
                    Assert.Equal(model.Delete(delete.Body, delete.Receive), queue.Delete([delete.Handle])[0] is null);
                    break;
                case 5 when handles.Count > 0:
                    var change = handles[b % handles.Count];
                    Assert.Equal(model.Change(change.Body, change.Receive, a), queue.ChangeVisibility([(change.Handle, a)])[0] is null);
                    break;
                case 6:
                    time.Advance(TimeSpan.FromSeconds(a % 5));
                    model.Advance(a % 5);
                    break;
            }

            Assert.Equal(model.Count(), queue.Count());
        }
    }

    /// <summary>What has just arrived at the dead-letter queue, in its order.</summary>
    private static int[] Drain(MessageQueue dead, bool samples)
    {
        var bodies = new List<int>();
        // One that samples may say that there is nothing although there is.
        while (dead.Receive(new(10, 100, 0, null), _ => throw new InvalidOperationException()) is { Messages: var messages }
            && (messages.Length > 0 || (samples && dead.Count().Visible > 0)))
        {
            foreach (var m in messages)
            {
                bodies.Add(BitConverter.ToInt32(m.Message.Body));
                dead.Delete([new ReceiptHandle(dead.Identity.Tag, m.Message.Key, m.ReceiveNumber).ToString()]);
            }
        }

        return [.. bodies];
    }

    private static MessageQueue Create(LocalSqs sqs, string name, bool fifo, RedrivePolicy? redrive) =>
        sqs.Engine.Create("us-east-1", name, QueueSettingsReader.None(fifo) with { Redrive = redrive }, _ => null).Item1!;

    private static OutgoingMessage Message(int body, string group, int delay) => new()
    {
        Body = BitConverter.GetBytes(body),
        BodyMd5 = default,
        GroupId = group,
        DeduplicationId = $"{body}",
        DelayTicks = delay * TimeSpan.TicksPerSecond,
    };

    private readonly record struct Step(int Kind, int A, int B);

    /// <summary>Every message with the second at which it can be seen, in a list that is searched from the front.</summary>
    private sealed class Model(bool fifo, int maxReceives, bool samples)
    {
        private readonly List<Item> _items = [];
        private readonly Dictionary<int, int> _receives = [];
        private int _now;

        internal void Send(int body, string group, int delay) => _items.Add(new() { Body = body, Group = group, VisibleAt = _now + delay });

        internal void Advance(int seconds) => _now += seconds;

        internal int Receives(int body) => _receives[body];

        internal QueueCounts Count() => new(
            _items.Count(i => i.VisibleAt <= _now),
            _items.Count(i => i.VisibleAt > _now && i.Held),
            _items.Count(i => i.VisibleAt > _now && !i.Held));

        /// <summary>Checks that <paramref name="bodies"/> could be received now and <paramref name="buried"/> had to go, and does the same.</summary>
        internal void Receive(int[] bodies, int[] buried, int max, int visibility)
        {
            var takeable = Takeable();
            var spent = takeable.FindAll(TooOften);
            var good = takeable.FindAll(i => !TooOften(i));
            if (samples) Assert.InRange(bodies.Length, 0, Math.Min(max, good.Count));
            else Assert.Equal(Math.Min(max, good.Count), bodies.Length);
            Assert.Equal(bodies.Length, bodies.Distinct().Count());
            Assert.All(bodies, b => Assert.Contains(good, i => i.Body == b));
            Assert.All(buried, b => Assert.Contains(spent, i => i.Body == b));
            // A receive that got less than it asked for has seen everything, unless it samples.
            if (bodies.Length < max && !samples) Assert.Equal(spent.Count, buried.Length);
            if (fifo)
            {
                InOrder(bodies, good);
                InOrder(buried, spent);
            }

            _items.RemoveAll(i => buried.Contains(i.Body));
            foreach (var body in bodies)
            {
                var item = _items.Single(i => i.Body == body);
                item.Held = true;
                item.VisibleAt = _now + visibility;
                item.Receive = _receives[body] = _receives.GetValueOrDefault(body) + 1;
            }
        }

        internal bool Delete(int body, int receive)
        {
            var item = _items.Find(i => i.Body == body);
            if (item is null) return true;
            var current = item.Receive == receive;
            if (fifo && !(current && item.VisibleAt > _now)) return false;
            if (current) _items.Remove(item);
            return true;
        }

        internal bool Change(int body, int receive, int seconds)
        {
            var item = _items.Find(i => i.Body == body);
            if (item is null) return false;
            if (item.Receive != receive || item.VisibleAt <= _now) return !fifo;
            item.VisibleAt = _now + seconds;
            return true;
        }

        /// <summary>What can be received now: on FIFO, of each group, everything up to the first that is hidden.</summary>
        private List<Item> Takeable() => !fifo
            ? _items.FindAll(i => i.VisibleAt <= _now)
            : [.. _items.GroupBy(i => i.Group).SelectMany(g => g.TakeWhile(i => i.VisibleAt <= _now))];

        private bool TooOften(Item item) => maxReceives > 0 && _receives.GetValueOrDefault(item.Body) >= maxReceives;

        private static void InOrder(int[] bodies, List<Item> items)
        {
            foreach (var group in bodies.GroupBy(b => items.First(i => i.Body == b).Group))
            {
                Assert.Equal(items.Where(i => i.Group == group.Key).Select(i => i.Body).Take(group.Count()), group);
            }
        }

        private sealed class Item
        {
            internal int Body;
            internal string Group = "";
            internal int VisibleAt;
            internal int Receive;
            internal bool Held;
        }
    }
}
