using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sending;

/// <summary>Who cancels a send does not wait for SQS, whatever it was waiting for.</summary>
public class CancelledSendTests
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(0.3);

    [Theory]
    [InlineData("GetQueueUrl", Fate.Hangs)] // the queue is looked for
    [InlineData("GetQueueUrl", Fate.ServerError)] // the pause before it is looked for again
    [InlineData("GetQueueAttributes", Fate.Hangs)]
    [InlineData("SendMessageBatch", Fate.Hangs)] // a call
    [InlineData("SendMessageBatch", Fate.ServerError)] // the pause before the next
    public void A_cancelled_send_ends_at_once(string action, Fate fate) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        bench.Faults.Rule = (a, _) => a == action ? fate : Fate.Works;
        await PromptAsync(bench, cancel => bench.Sender.SendAsync("x", cancel: cancel));
        await PromptAsync(bench, cancel => bench.Sender.SendAllAsync(["x", "y"], cancel: cancel));
        if (action != "SendMessageBatch")
            await PromptAsync(bench, async cancel => await bench.Services.GetRequiredService<IBufferedSender>().EnqueueAsync("x", cancel: cancel));
    });

    [Fact]
    public void A_client_that_does_not_heed_its_token_is_not_waited_for() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        await bench.Sender.SendAsync("known");
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(9);
        await PromptAsync(bench, cancel => bench.Sender.SendAsync("x", cancel: cancel));
        await bench.Pass(10);
        // What was under way may arrive all the same.
        Assert.InRange((await bench.DepthAsync(url)).Visible, 1, 2);
        await bench.Pass(10);
    });

    [Fact]
    public void Who_waits_for_room_in_a_buffer_or_for_its_flush_is_let_go() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.BufferSends(static o => o.Capacity = 1).Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        await (await buffer.EnqueueAsync("known")).Sent;
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n == 1 ? Fate.Hangs : Fate.Works;
        BufferedSend first = await buffer.EnqueueAsync("first");
        await PromptAsync(bench, async cancel => await buffer.EnqueueAsync("second", cancel: cancel));
        await PromptAsync(bench, cancel => buffer.FlushAsync(cancel));
        Assert.NotNull(await first.Sent); // accepted is accepted
        Assert.Equal((2, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_cancelled_bulk_with_results_says_of_each_what_is_known() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        await bench.Sender.SendAsync("known");
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n >= 3 ? Fate.Hangs : Fate.Works;
        using var cancel = new CancellationTokenSource();
        Task<IReadOnlyList<SendResult<string>>> sending = bench.Sender.TrySendAllAsync(Enumerable.Range(0, 100).Select(static i => $"{i}"), cancel: cancel.Token);
        await Task.Delay(Before, bench.Time);
        cancel.Cancel();
        double at = bench.Now();
        IReadOnlyList<SendResult<string>> results = await sending;
        Assert.Equal(at, bench.Now(), 0.001);
        Assert.Equal(20, results.Count(static r => r.Sent));
        Assert.Equal(40, results.Count(static r => r.Failure == "the call was cancelled before its answer came: SQS may have the message"));
        Assert.Equal(40, results.Count(static r => r.Failure == "the call was cancelled"));
        Assert.Equal((21, 0, 0), await bench.DepthAsync(url));
    });

    private static async Task PromptAsync(Bench bench, Func<CancellationToken, Task> send)
    {
        using var cancel = new CancellationTokenSource();
        Task sending = send(cancel.Token);
        await Task.Delay(Before, bench.Time);
        Assert.False(sending.IsCompleted);
        cancel.Cancel();
        double at = bench.Now();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal(at, bench.Now(), 0.001);
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
    }
}
