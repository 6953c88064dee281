using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sending;

public class SenderTests
{
    [Fact]
    public void What_is_sent_along_a_route_reaches_the_handler_of_its_type() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        List<(string, string?)> got = [];
        await bench.StartAsync(z =>
        {
            z.Route("orders", "greeting", Body.Text);
            z.Queue("orders", q => q.Handle("greeting", Body.Text, (message, _, _) =>
            {
                got.Add((message.Body, message.Attributes["tenant"].StringValue));
                return ValueTask.CompletedTask;
            }));
        });
        string? id = await bench.Sender.SendAsync("hello", new() { Attributes = new Dictionary<string, string> { ["tenant"] = "a" } });
        await bench.Until(() => bench.Status.Done == 1);
        Assert.NotEmpty(id!);
        Assert.Equal([("hello", "a")], got);
    });

    [Fact]
    public void Many_go_out_in_tens_and_failed_ones_again() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n is 1 or 2 ? Fate.LostBefore : Fate.Works;
        await bench.Sender.SendAllAsync(Enumerable.Range(0, 35).Select(static i => $"{i}"));
        Assert.Equal((35, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(6, bench.Faults.Count("SendMessageBatch"));
    });

    [Fact]
    public void What_could_not_be_sent_is_named_and_the_rest_is_sent() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n >= 1 ? Fate.ServerError : Fate.Works;
        SendFailedException failed = await Assert.ThrowsAsync<SendFailedException>(() => bench.Sender.SendAllAsync(Enumerable.Range(0, 12).Select(static i => $"{i}")));
        Assert.Equal(["10", "11"], failed.Unsent);
        Assert.Equal((10, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_bad_one_among_many_sends_none() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        await Refused(() => bench.Sender.SendAllAsync(Enumerable.Range(0, 20).Select(static i => $"{i}"), static body => new() { Delay = TimeSpan.FromMinutes(body == "15" ? 16 : 0) }), "0 to 15 minutes");
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void On_a_fifo_queue_nothing_overtakes_what_could_not_be_sent() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("ContentBasedDeduplication", "true"));
        bench.Setup(static z => z.Route("a.fifo", null, Body.Text));
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n is >= 10 and <= 14 ? Fate.ServerError : Fate.Works;
        SendFailedException failed = await Assert.ThrowsAsync<SendFailedException>(
            () => bench.Sender.SendAllAsync(Enumerable.Range(0, 30).Select(static i => $"{i}"), static _ => new() { Group = "g" }));
        Assert.Equal(Enumerable.Range(10, 20).Select(static i => $"{i}"), failed.Unsent);
        Assert.Equal((10, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void Batches_stay_under_a_mebibyte() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        await bench.Sender.SendAllAsync(Enumerable.Range(0, 5).Select(static _ => new string('x', 400_000)));
        Assert.Equal((5, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(3, bench.Faults.Count("SendMessageBatch"));
    });

    [Fact]
    public void A_delay_is_kept() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        await bench.Sender.SendAsync("later", new() { Delay = TimeSpan.FromSeconds(10) });
        Assert.Equal((0, 0, 1), await bench.DepthAsync(url));
        await bench.Pass(10.1);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void What_sqs_would_refuse_is_refused_with_a_sentence() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.QueueAsync("a.fifo");
        bench.Setup(static z => z.Route("orders", null, Body.Text).Route("a.fifo", null, Body.Bytes));
        await Refused(() => bench.Sender.SendAsync("x", new() { Delay = TimeSpan.FromMinutes(16) }), "0 to 15 minutes");
        await Refused(() => bench.Sender.SendAsync("x", new() { DeduplicationId = "d" }), "not a FIFO queue");
        await Refused(() => bench.Sender.SendAsync(new string('x', 1_048_577)), "1 MiB");
        await Refused(() => bench.Sender.SendAsync("x", new() { Attributes = Enumerable.Range(0, 11).ToDictionary(static i => $"a{i}", static _ => "v") }), "takes 10");
        await Refused(() => bench.Sender.SendAsync(new byte[1]), "give the message a Group");
        await Refused(() => bench.Sender.SendAsync(new byte[1], new() { Group = "g", Delay = TimeSpan.FromSeconds(1) }), "by the queue's own delay");
        InvalidOperationException none = await Assert.ThrowsAsync<InvalidOperationException>(() => bench.Sender.SendAsync(7));
        Assert.Contains("no route for Int32", none.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Sqs_that_cannot_be_asked_for_a_queue_is_a_send_that_failed() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        string other = await bench.QueueAsync("other");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        await bench.Sender.SendAsync("known", new() { Queue = "other" });
        bench.Faults.Rule = static (action, _) => action == "GetQueueUrl" ? Fate.NoName : Fate.Works;
        SendFailedException failed = await Assert.ThrowsAsync<SendFailedException>(() => bench.Sender.SendAsync("x"));
        Assert.Equal(["x"], failed.Unsent);
        Assert.Contains("SQS does not answer at", failed.Message, StringComparison.Ordinal);
        Assert.IsType<ZanshinConfigurationException>(failed.InnerException);
        await Assert.ThrowsAsync<SendFailedException>(async () => await bench.Services.GetRequiredService<IBufferedSender>().EnqueueAsync("x"));

        int before = bench.Faults.Count("GetQueueUrl");
        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(["a", "b", "c", "d"], static body => new() { Queue = body == "c" ? "other" : null });
        Assert.Equal([false, false, true, false], results.Select(static r => r.Sent));
        Assert.StartsWith("SQS does not answer at", results[3].Failure, StringComparison.Ordinal);
        Assert.Equal(before / 2, bench.Faults.Count("GetQueueUrl") - before); // asked for once, not for each
        Assert.Equal(["a", "b"], (await Assert.ThrowsAsync<SendFailedException>(() => bench.Sender.SendAllAsync(["a", "b"]))).Unsent);

        bench.Faults.Rule = static (_, _) => Fate.Works;
        await bench.Sender.SendAsync("x");
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        Assert.Equal((2, 0, 0), await bench.DepthAsync(other));
        await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Sender.TrySendAllAsync(["x"], static _ => new() { Queue = "nowhere" }));
    });

    [Fact]
    public void What_a_services_disposal_throws_comes_before_the_send() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.UseSend<Falls>().Route("orders", null, Body.Text), static s => s.AddScoped<Falls>());
        await Assert.ThrowsAsync<NotSupportedException>(() => bench.Sender.SendAsync("x"));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    private sealed class Falls : ISendMiddleware, IDisposable
    {
        public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel) => next(message, cancel);

        public void Dispose() => throw new NotSupportedException();
    }

    private static async Task Refused(Func<Task> send, string why) =>
        Assert.Contains(why, (await Assert.ThrowsAsync<ArgumentException>(send)).Message, StringComparison.Ordinal);
}
