using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Tests.Sqs;

public class RedriveRunTests
{
    [Fact]
    public void A_move_is_watched_to_its_end() => SqsBench.Run(async bench =>
    {
        (OpenQueue dead, OpenQueue other, RedriveRun run) = await DeadAsync(bench, 40);
        await run.StartAsync((await other.FactsAsync()).Arn, rate: 10, CancellationToken.None);
        RedriveReport report = await run.WatchAsync(CancellationToken.None);
        Assert.Equal(("COMPLETED", 40, 10), (report.Status, report.Moved, report.Rate));
        Assert.Equal((40, 0), await bench.DepthAsync(other));
        Assert.Equal((0, 0), await bench.DepthAsync(dead));
    });

    [Fact]
    public void A_stop_cancels_it_and_says_how_many_were_moved() => SqsBench.Run(async bench =>
    {
        (OpenQueue dead, OpenQueue other, RedriveRun run) = await DeadAsync(bench, 40);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2.5), bench.Time);
        await run.StartAsync((await other.FactsAsync()).Arn, rate: 5, CancellationToken.None);
        RedriveReport report = await run.WatchAsync(stop.Token);
        Assert.Equal(("CANCELLED", true), (report.Status, report.Interrupted));
        Assert.Empty(report.Problems);
        Assert.InRange(report.Moved, 5, 30);
        Assert.Equal((report.Moved, 40 - report.Moved), ((await bench.DepthAsync(other)).Visible, (await bench.DepthAsync(dead)).Visible));
    });

    [Fact]
    public void A_move_that_somebody_else_cancels_is_not_good() => SqsBench.Run(async bench =>
    {
        (OpenQueue dead, OpenQueue other, RedriveRun run) = await DeadAsync(bench, 40);
        await run.StartAsync((await other.FactsAsync()).Arn, rate: 5, CancellationToken.None);
        Task<RedriveReport> watching = run.WatchAsync(CancellationToken.None);
        await Task.Delay(TimeSpan.FromSeconds(2), bench.Time);
        var another = new RedriveRun(dead, (await dead.FactsAsync()).Arn!);
        await another.CancelAsync((await another.LastAsync(CancellationToken.None))!.TaskHandle, []);
        RedriveReport report = await watching;
        Assert.Equal(("CANCELLED", false), (report.Status, report.Interrupted));
        Assert.Equal("the move was cancelled, not from here.", Assert.Single(report.Problems));
    });

    [Fact]
    public void A_move_whose_state_cannot_be_read_goes_on_and_that_is_said() => SqsBench.Run(async bench =>
    {
        (OpenQueue _, OpenQueue other, RedriveRun run) = await DeadAsync(bench, 40);
        using var fault = bench.Faults.On("ListMessageMoveTasks").Fail("AccessDeniedException");
        await run.StartAsync((await other.FactsAsync()).Arn, rate: 5, CancellationToken.None);
        RedriveReport report = await run.WatchAsync(CancellationToken.None);
        Assert.Equal("RUNNING", report.Status);
        Assert.Contains("The move goes on at SQS", Assert.Single(report.Problems), StringComparison.Ordinal);
        Assert.Contains("The move goes on at SQS", Assert.Single((await run.LeaveAsync(CancellationToken.None)).Problems), StringComparison.Ordinal);
    });

    [Fact]
    public void A_stop_cancels_a_move_whose_state_cannot_be_read() => SqsBench.Run(async bench =>
    {
        (OpenQueue dead, OpenQueue other, RedriveRun run) = await DeadAsync(bench, 40);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1), bench.Time);
        await run.StartAsync((await other.FactsAsync()).Arn, rate: 5, CancellationToken.None);
        using (bench.Faults.On("ListMessageMoveTasks").Hang())
            Assert.Contains("has taken the order to cancel the move", Assert.Single((await run.WatchAsync(stop.Token)).Problems), StringComparison.Ordinal);
        Assert.Equal("CANCELLED", (await new RedriveRun(dead, (await dead.FactsAsync()).Arn!).LastAsync(CancellationToken.None))!.Status);
    });

    [Fact]
    public void A_stop_while_it_begins_cancels_what_has_begun() => SqsBench.Run(async bench =>
    {
        (OpenQueue _, OpenQueue other, RedriveRun run) = await DeadAsync(bench, 40);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1), bench.Time);
        string arn = (await other.FactsAsync()).Arn!;
        using (bench.Faults.On("StartMessageMoveTask").DelayAnswer(TimeSpan.FromSeconds(2)))
            await run.StartAsync(arn, rate: 5, stop.Token);
        RedriveReport report = await run.WatchAsync(stop.Token);
        Assert.Equal(("CANCELLED", true), (report.Status, report.Interrupted));
    });

    [Fact]
    public void After_a_stop_none_is_begun() => SqsBench.Run(async bench =>
    {
        (OpenQueue _, OpenQueue _, RedriveRun run) = await DeadAsync(bench, 1);
        await Assert.ThrowsAsync<OperationCanceledException>(() => run.StartAsync(null, null, new CancellationToken(canceled: true)));
        Assert.Equal(0, bench.Faults.CallsOf("StartMessageMoveTask"));
    });

    [Fact]
    public void A_queue_of_no_dead_letters_is_refused_in_a_sentence() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        var run = new RedriveRun(queue, (await queue.FactsAsync()).Arn!);
        Refusal refusal = await Assert.ThrowsAsync<Refusal>(() => run.StartAsync(null, null, CancellationToken.None));
        Assert.Contains("does not redrive queue 'orders'", refusal.Message, StringComparison.Ordinal);
    });

    private static async Task<(OpenQueue Dead, OpenQueue Other, RedriveRun Run)> DeadAsync(SqsBench bench, int count)
    {
        OpenQueue dead = await bench.QueueAsync("orders-dlq");
        QueueFacts facts = await dead.FactsAsync();
        await bench.QueueAsync("orders", ("RedrivePolicy", $"{{\"deadLetterTargetArn\":\"{facts.Arn}\",\"maxReceiveCount\":5}}"));
        await bench.SendAsync(dead, Enumerable.Range(0, count).Select(static i => $"m{i}"));
        return (dead, await bench.QueueAsync("other"), new RedriveRun(dead, facts.Arn!));
    }
}
