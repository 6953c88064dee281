using Amazon.SQS.Model;
using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Tests.Sqs;

public class MoveRunTests
{
    private static readonly string[] s_many = [.. Enumerable.Range(0, 205).Select(static i => $"m{i}")];

    [Fact]
    public void All_are_moved() => SqsBench.Run(async bench =>
    {
        (OpenQueue from, OpenQueue to) = await TwoAsync(bench);
        await bench.SendAsync(from, s_many);

        MoveReport report = await MoveAsync(from, to);

        Assert.Equal((205, 0, 0), (report.Moved, report.Failed, report.OnBoth));
        Assert.Empty(report.Problems);
        Assert.Equal((0, 0), await bench.DepthAsync(from));
        Assert.Equal(s_many.Order(), (await bench.BodiesAsync(to)).Order());
    });

    [Fact]
    public void What_was_not_sent_stays_and_is_visible() => SqsBench.Run(async bench =>
    {
        (OpenQueue from, OpenQueue to) = await TwoAsync(bench);
        await bench.SendAsync(from, s_many);
        using var fault = bench.Faults.On("SendMessageBatch", "to").FailEntries(static e => e.Body!.EndsWith('7'), "InvalidMessageContents");

        MoveReport report = await MoveAsync(from, to);

        string[] bad = [.. s_many.Where(static b => b.EndsWith('7'))];
        Assert.Equal((s_many.Length - bad.Length, bad.Length), (report.Moved, report.Failed));
        Assert.Contains(report.Problems, static p => p.Contains("InvalidMessageContents", StringComparison.Ordinal));
        Assert.Equal((bad.Length, 0), await bench.DepthAsync(from));
        Assert.Equal(bad.Order(), (await bench.BodiesAsync(from)).Order());
        Assert.Equal(s_many.Except(bad).Order(), (await bench.BodiesAsync(to)).Order());
    });

    [Fact]
    public void Entries_that_fail_for_a_moment_are_sent_again() => SqsBench.Run(async bench =>
    {
        (OpenQueue from, OpenQueue to) = await TwoAsync(bench);
        await bench.SendAsync(from, s_many);
        using var entries = bench.Faults.On("SendMessageBatch", "to").Times(3).FailEntries(static e => e.Index < 5);
        using var calls = bench.Faults.OnAny().After(20).Times(3).Fail("RequestThrottled");

        MoveReport report = await MoveAsync(from, to);

        Assert.Empty(report.Problems);
        Assert.Equal(s_many.Order(), (await bench.BodiesAsync(to)).Order());
        Assert.Equal((0, 0), await bench.DepthAsync(from));
    });

    [Theory]
    [InlineData("AccessDeniedException")]
    [InlineData("QueueDoesNotExist")]
    public void When_nothing_can_be_sent_nothing_is_deleted(string code) => SqsBench.Run(async bench =>
    {
        (OpenQueue from, OpenQueue to) = await TwoAsync(bench);
        await bench.SendAsync(from, s_many);
        using var fault = bench.Faults.On("SendMessageBatch", "to").After(3).Fail(code);

        MoveReport report = await MoveAsync(from, to);

        Assert.NotEmpty(report.Problems);
        string[] moved = await bench.BodiesAsync(to), stayed = await bench.BodiesAsync(from);
        Assert.Equal(report.Moved, moved.Length);
        Assert.Equal(s_many.Order(), moved.Concat(stayed).Order());
    });

    [Fact]
    public void A_lost_answer_doubles_a_message_and_loses_none() => SqsBench.Run(async bench =>
    {
        (OpenQueue from, OpenQueue to) = await TwoAsync(bench);
        await bench.SendAsync(from, s_many);
        using var fault = bench.Faults.On("SendMessageBatch", "to").Times(2).LoseAnswer();

        MoveReport report = await MoveAsync(from, to);

        Assert.Empty(report.Problems);
        Assert.Equal(s_many.Order(), (await bench.BodiesAsync(to)).Distinct().Order());
    });

    [Fact]
    public void What_cannot_be_deleted_is_said_to_be_on_both() => SqsBench.Run(async bench =>
    {
        (OpenQueue from, OpenQueue to) = await TwoAsync(bench);
        await bench.SendAsync(from, ["a", "b", "c"]);
        using var fault = bench.Faults.On("DeleteMessageBatch", "from").FailEntries(static e => e.Index == 1, "ReceiptHandleIsInvalid");

        MoveReport report = await MoveAsync(from, to);

        Assert.Equal((3, 1), (report.Moved, report.OnBoth));
        Assert.Contains(report.Problems, static p => p.Contains("on both now", StringComparison.Ordinal));
        Assert.Equal((1, 0), await bench.DepthAsync(from));
        Assert.Equal((3, 0), await bench.DepthAsync(to));
    });

    [Fact]
    public void Order_within_a_group_is_kept_and_nothing_overtakes_what_was_not_sent() => SqsBench.Run(async bench =>
    {
        OpenQueue from = await bench.QueueAsync("from.fifo"), to = await bench.QueueAsync("to.fifo");
        await bench.SendAsync(from, Enumerable.Range(0, 12).Select(static i => $"a{i}"), "a");
        await bench.SendAsync(from, Enumerable.Range(0, 12).Select(static i => $"b{i}"), "b");
        using var stays = bench.Faults.On("SendMessageBatch", "to.fifo").FailEntries(static e => e.Body == "a4", "InvalidMessageContents");
        using var again = bench.Faults.On("SendMessageBatch", "to.fifo").Times(2).FailEntries(static e => e.Body!.StartsWith('b'));

        MoveReport report = await MoveAsync(from, to);

        string[] moved = await bench.BodiesAsync(to), stayed = await bench.BodiesAsync(from);
        Assert.Equal(["a0", "a1", "a2", "a3"], moved.Where(static b => b.StartsWith('a')));
        Assert.Equal(Enumerable.Range(0, 12).Select(static i => $"b{i}"), moved.Where(static b => b.StartsWith('b')));
        Assert.Equal(Enumerable.Range(4, 8).Select(static i => $"a{i}"), stayed);
        Assert.Equal(16, report.Moved);
    });

    [Fact]
    public void There_and_back_within_the_time_of_deduplication_loses_nothing() => SqsBench.Run(async bench =>
    {
        OpenQueue one = await bench.QueueAsync("one.fifo"), two = await bench.QueueAsync("two.fifo");
        await bench.SendAsync(one, ["x", "y"], "g");

        await MoveAsync(one, two);
        await MoveAsync(two, one);

        Assert.Equal(["x", "y"], await bench.BodiesAsync(one));
    });

    [Fact]
    public void Attributes_and_group_are_kept_binary_ones_too() => SqsBench.Run(async bench =>
    {
        (OpenQueue from, OpenQueue to) = await TwoAsync(bench);
        await bench.Direct.SendMessageAsync(new SendMessageRequest
        {
            QueueUrl = from.Url,
            MessageBody = "x",
            MessageGroupId = "fair",
            MessageAttributes = new() { ["b"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([0, 255]) }, ["n"] = new() { DataType = "Number", StringValue = "5" } },
        });

        await MoveAsync(from, to);

        Amazon.SQS.Model.Message moved = Assert.Single(await bench.TakeAsync(to));
        Assert.Equal([0, 255], moved.MessageAttributes["b"].BinaryValue.ToArray());
        Assert.Equal(("Number", "5", "fair"), (moved.MessageAttributes["n"].DataType, moved.MessageAttributes["n"].StringValue, moved.Attributes["MessageGroupId"]));
    });

    [Fact]
    public void A_limit_is_kept_and_a_stop_leaves_the_rest_visible() => SqsBench.Run(async bench =>
    {
        (OpenQueue from, OpenQueue to) = await TwoAsync(bench);
        await bench.SendAsync(from, s_many);

        Assert.Equal(23, (await new MoveRun(from, to, 23, CancellationToken.None).RunAsync()).Moved);
        Assert.Equal((182, 0), await bench.DepthAsync(from));
        MoveReport stopped = await new MoveRun(from, to, long.MaxValue, new CancellationToken(canceled: true)).RunAsync();
        Assert.True(stopped.Interrupted);
        Assert.Equal((182, 0), await bench.DepthAsync(from));
    });

    private static async Task<(OpenQueue From, OpenQueue To)> TwoAsync(SqsBench bench) => (await bench.QueueAsync("from"), await bench.QueueAsync("to"));

    private static Task<MoveReport> MoveAsync(OpenQueue from, OpenQueue to) => new MoveRun(from, to, long.MaxValue, CancellationToken.None).RunAsync();
}
