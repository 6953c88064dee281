using Amazon.SQS.Model;
using CsCheck;
using Zanshin.Sending;
using Zanshin.Sqs;

namespace Zanshin.Tests.Sending;

public class SendLineTests
{
    private const long Mebibyte = SqsLimits.PayloadBytes;

    [Fact]
    public void Whatever_fails_and_however_calls_overlap_a_groups_messages_are_taken_in_order() => Gen.Int[1, int.MaxValue].Sample(seed => Play(new Random(seed)), iter: 300);

    [Fact]
    public void What_failed_goes_before_what_came_after_it()
    {
        var line = new SendLine<Queued>(fifo: false);
        for (int i = 0; i < 25; i++)
            line.Add(Message(i));
        List<Queued> first = line.Take(TimeSpan.Zero)!;
        line.Again(first[3], TimeSpan.FromSeconds(1));
        line.Again(first[4]);
        Assert.Equal([4, 10, 11, 12, 13, 14, 15, 16, 17, 18], line.Take(TimeSpan.Zero)!.Select(static m => m.Number));
        Assert.Equal([3, 19, 20, 21, 22, 23, 24], line.Take(TimeSpan.FromSeconds(1))!.Select(static m => m.Number));
        Assert.Null(line.Take(TimeSpan.FromSeconds(1)));
        Assert.Equal((0, 0, TimeSpan.MaxValue), (line.Ready, line.ReadyBytes, line.AgainAt));
    }

    [Fact]
    public void One_that_had_its_call_refused_goes_alone()
    {
        var line = new SendLine<Queued>(fifo: false);
        for (int i = 0; i < 3; i++)
            line.Add(Message(i));
        foreach (Queued message in line.Take(TimeSpan.Zero)!)
        {
            message.Alone = message.Number < 2;
            line.Again(message);
        }
        Assert.Equal([[0], [1], [2]], new[] { line.Take(TimeSpan.Zero)!, line.Take(TimeSpan.Zero)!, line.Take(TimeSpan.Zero)! }.Select(static b => b.Select(static m => m.Number)));
    }

    [Fact]
    public void What_is_cleared_leaves_those_that_are_out()
    {
        var line = new SendLine<Queued>(fifo: true);
        for (int i = 0; i < 6; i++)
            line.Add(Message(i, $"{i % 2}"));
        List<Queued> heads = line.Take(TimeSpan.Zero)!;
        line.Again(heads[0], TimeSpan.FromSeconds(1));
        Assert.Equal([0, 2, 4, 3, 5], line.Clear().Select(static m => m.Number));
        line.Confirmed(heads[1]);
        Assert.Null(line.Take(TimeSpan.FromDays(1)));
        line.Add(Message(6, "1"));
        Assert.Single(line.Take(TimeSpan.Zero)!);
    }

    // A queue that takes what it will of each call, at some moment while it is under way, and answers what it will; a FIFO queue knows what it has taken.
    private static void Play(Random dice)
    {
        var line = new SendLine<Queued>(fifo: true);
        int count = dice.Next(1, 60), groups = dice.Next(1, 8);
        List<List<Queued>> open = [];
        Dictionary<string, List<long>> taken = [];
        HashSet<long> ended = [];
        TimeSpan now = TimeSpan.Zero;
        int added = 0;
        while (ended.Count < count)
        {
            now += TimeSpan.FromMilliseconds(dice.Next(0, 20));
            if (added < count && dice.Next(2) == 0)
            {
                line.Add(Message(added++, $"{dice.Next(groups)}", dice.Next(4) == 0 ? Mebibyte / 2 : 100));
                continue;
            }
            if (open.Count < 4 && dice.Next(2) == 0 && line.Take(now) is { } batch)
            {
                Assert.InRange(batch.Count, 1, SqsLimits.Batch);
                Assert.InRange(batch.Sum(static m => m.Message.Size), 1, Mebibyte);
                open.Add(batch);
                Assert.Distinct(open.SelectMany(static b => b).Select(static m => m.Group));
                continue;
            }
            if (open.Count == 0)
                continue;
            List<Queued> answered = open[dice.Next(open.Count)];
            open.Remove(answered);
            foreach (Queued message in answered)
                Answer(message);
        }
        Assert.All(taken.Values, static numbers => Assert.Equal(numbers.Order(), numbers));
        Assert.Equal(count, added);
        Assert.Empty(line.Clear());

        void Answer(Queued message)
        {
            int fate = dice.Next(20);
            // A duplicate of what it has is dropped.
            if (fate < 14 && !taken.TryAdd(message.Group, [message.Number]) && !taken[message.Group].Contains(message.Number))
                taken[message.Group].Add(message.Number);
            if (fate < 10) // taken and confirmed
            {
                line.Confirmed(message);
                Assert.True(ended.Add(message.Number));
            }
            else if (fate < 19) // not taken, or taken and the answer lost
            {
                line.Again(message, dice.Next(2) == 0 ? null : now + TimeSpan.FromMilliseconds(dice.Next(50)));
            }
            else
            {
                Assert.True(ended.Add(message.Number));
                foreach (Queued behind in line.Lost(message))
                {
                    Assert.Equal("one before it of its group could not be sent", behind.Message.Answer.Failure!.Reason);
                    Assert.True(ended.Add(behind.Number));
                }
            }
        }
    }

    private static Queued Message(long number, string? group = null, long size = 100) =>
        new(new Sendable(new SendMessageBatchRequestEntry { MessageGroupId = group }, size)) { Number = number };
}
