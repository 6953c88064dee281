using System.Diagnostics;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zanshin.Sending;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sending;

public class BufferedSenderTests
{
    [Fact]
    public void A_lone_message_goes_at_once_and_what_comes_meanwhile_goes_in_tens() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<(double At, int Entries)> calls = Calls(bench);
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        await buffer.EnqueueAsync("first");
        await buffer.FlushAsync();
        calls.Clear();
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        double began = Now(bench);
        List<BufferedSend> all = [];
        for (int i = 0; i < 36; i++)
        {
            all.Add(await buffer.EnqueueAsync($"{i}"));
            // Its loop has a turn.
            if (i == 0)
                await Task.Yield();
        }
        Assert.Equal(began, Now(bench)); // nobody has waited
        Assert.Equal(36, buffer.Count);
        string?[] ids = await Task.WhenAll(all.Select(static s => s.Sent));
        Assert.Equal(36, ids.Distinct().Count());
        // One at once; three full ones beside it; the last when a call is free again.
        Assert.Equal([(0, 1), (0, 10), (0, 10), (0, 10), (1, 5)], calls.Select(c => ((int)Math.Round(c.At - began), c.Entries)));
        Assert.Equal((37, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(0, buffer.Count);
    });

    [Fact]
    public void While_a_batch_is_under_way_a_message_waits_for_company_as_long_as_it_is_told_or_until_a_flush() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        List<(double At, int Entries)> calls = Calls(bench);
        bench.Setup(static z => z.BufferSends(static o => o.Linger = TimeSpan.FromSeconds(3)).Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        await buffer.EnqueueAsync("known");
        await buffer.FlushAsync();
        calls.Clear();
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(9.5);
        await buffer.EnqueueAsync("first");
        await bench.Pass(1);
        double began = Now(bench);
        await buffer.EnqueueAsync("a");
        await bench.Pass(1);
        await buffer.EnqueueAsync("b");
        await bench.Pass(5);
        await buffer.EnqueueAsync("c");
        await bench.Pass(1);
        Task flushed = buffer.FlushAsync();
        await bench.Pass(0.1);
        Assert.Equal([(3, 2), (7, 1)], calls.Skip(1).Select(c => ((int)(c.At - began), c.Entries)));
        Assert.False(flushed.IsCompleted);
        bench.Faults.RoundTrip = TimeSpan.Zero;
        await flushed;
    });

    [Fact]
    public void A_full_buffer_holds_up_who_sends_in_order_until_there_is_room() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.BufferSends(static o => o.Capacity = 20).Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        for (int i = 0; i < 20; i++)
            await buffer.EnqueueAsync($"{i}");
        Task<BufferedSend> first = buffer.EnqueueAsync("first").AsTask(), second = buffer.EnqueueAsync("second").AsTask();
        using var cancel = new CancellationTokenSource();
        Task<BufferedSend> third = buffer.EnqueueAsync("third", cancel: cancel.Token).AsTask();
        await bench.Pass(0.5);
        Assert.False(first.IsCompleted || second.IsCompleted || third.IsCompleted);
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        await bench.Pass(2);
        await (await second).Sent;
        Assert.True(first.IsCompleted);
        await buffer.FlushAsync();
        Assert.Equal((22, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void The_bound_of_bytes_holds_too_and_lets_a_large_one_through_alone() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.BufferSends(static o => o.CapacityBytes = SqsLimits.PayloadBytes).Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        await buffer.EnqueueAsync(new string('x', SqsLimits.PayloadBytes));
        Task<BufferedSend> next = buffer.EnqueueAsync("x").AsTask();
        await bench.Pass(0.5);
        Assert.False(next.IsCompleted);
        await bench.Pass(2);
        Assert.True(next.IsCompleted);
        await buffer.FlushAsync();
    });

    [Fact]
    public void What_fails_is_sent_again_and_what_cannot_be_sent_is_told_of() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.BufferSends(static o => o.TryFor = TimeSpan.FromSeconds(20)).Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        bench.Faults.Rule = static (action, n) => action != "SendMessageBatch" ? Fate.Works : n switch { 0 => Fate.LostBefore, 1 => Fate.Throttled, 2 => Fate.EachFails, _ => Fate.Works };
        BufferedSend sent = await buffer.EnqueueAsync("a");
        Assert.NotNull(await sent.Sent);
        Assert.Equal(4, bench.Faults.Count("SendMessageBatch"));

        bench.Faults.Rule = static (action, _) => action == "SendMessageBatch" ? Fate.ServerError : Fate.Works;
        double began = Now(bench);
        List<BufferedSend> lost = [];
        for (int i = 0; i < 25; i++)
            lost.Add(await buffer.EnqueueAsync($"{i}"));
        SendFailedException failed = await Assert.ThrowsAsync<SendFailedException>(() => buffer.FlushAsync());
        Assert.InRange(Now(bench) - began, 20, 23);
        Assert.Equal(25, failed.Unsent.Count);
        Assert.Contains("InternalFailure", failed.Message, StringComparison.Ordinal);
        Assert.Equal(["7"], (await Assert.ThrowsAsync<SendFailedException>(() => lost[7].Sent)).Unsent);
        Assert.Equal(25, bench.Log.Lines.Where(static l => l.Id == 71).Sum(static l => int.Parse(l.Text.Split(' ')[0])));

        bench.Faults.Rule = static (_, _) => Fate.Works;
        await (await buffer.EnqueueAsync("b")).Sent;
        Assert.Equal((2, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void What_waits_in_a_long_backlog_is_not_tried_meanwhile_and_survives_a_throttle() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.BufferSends(static o => (o.Capacity, o.TryFor) = (2_000, TimeSpan.FromSeconds(20))).Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        await (await buffer.EnqueueAsync("known")).Sent;
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        double began = Now(bench);
        bool throttled = false;
        bench.Faults.Rule = (action, _) => action == "SendMessageBatch" && Now(bench) - began >= 40 && !throttled && (throttled = true) ? Fate.Throttled : Fate.Works;
        for (int i = 0; i < 2_000; i++)
            await buffer.EnqueueAsync($"{i}");
        await buffer.FlushAsync();
        Assert.True(throttled);
        Assert.Equal((2_001, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_single_entry_that_fails_again_and_again_waits_by_itself_and_the_others_go_on() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.BufferSends(static o => o.TryFor = TimeSpan.FromSeconds(20)).Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        await (await buffer.EnqueueAsync("known")).Sent;
        // One of its entries fails in each answer, besides others that work.
        string? ill = null;
        List<int> tries = [];
        bench.Faults.Watch = (action, call) =>
        {
            if (action == "SendMessageBatch")
                ill = call["Entries"]!.AsArray().FirstOrDefault(static e => e!["MessageBody"]!.GetValue<string>() == "ill")?["Id"]!.GetValue<string>();
        };
        bench.Faults.Edit = (action, answer) =>
        {
            if (action != "SendMessageBatch" || ill is null)
                return;
            tries.Add(answer["Successful"]!.AsArray().Count);
            answer["Successful"] = new System.Text.Json.Nodes.JsonArray([.. answer["Successful"]!.AsArray().Where(e => e!["Id"]!.GetValue<string>() != ill).Select(static e => e!.DeepClone())]);
            answer["Failed"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["Id"] = ill, ["Code"] = "InternalError", ["SenderFault"] = false });
        };
        double began = Now(bench);
        BufferedSend lost = await buffer.EnqueueAsync("ill");
        List<BufferedSend> others = [];
        for (int i = 0; i < 2_999; i++)
            others.Add(await buffer.EnqueueAsync($"{i}"));
        foreach (BufferedSend other in others)
            Assert.NotNull(await other.Sent);
        Assert.Equal(began, Now(bench), 0.01); // no pause
        await Assert.ThrowsAsync<SendFailedException>(() => lost.Sent);
        Assert.InRange(Now(bench) - began, 20, 22);
        Assert.InRange(tries.Count, 20, 40);
    });

    [Fact]
    public void On_a_fifo_queue_order_is_kept_whatever_fails() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("a.fifo", ("ContentBasedDeduplication", "true"));
        List<string> got = [];
        await bench.StartAsync(z => z.Route("a.fifo", null, Body.Text).Queue("a.fifo", q => q.Handle(Body.Text, (m, _, _) =>
        {
            got.Add(m.Body);
            return ValueTask.CompletedTask;
        })));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n % 3 != 2 ? Fate.LostAfter : Fate.Works;
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(20);
        for (int i = 0; i < 50; i++)
        {
            await buffer.EnqueueAsync($"{i}", new() { Group = "g" });
            await bench.Pass(0.005);
        }
        await buffer.FlushAsync();
        await bench.Until(() => got.Count == 50);
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => $"{i}"), got);
    });

    [Fact]
    public void What_stands_behind_a_lost_message_of_its_group_is_lost_with_it_and_other_groups_go_on() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("ContentBasedDeduplication", "true"));
        bench.Setup(static z => z.Route("a.fifo", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        // The first answer refuses its one entry.
        int calls = 0;
        bench.Faults.Edit = (action, answer) =>
        {
            if (action != "SendMessageBatch" || calls++ > 0)
                return;
            answer["Successful"] = new System.Text.Json.Nodes.JsonArray();
            answer["Failed"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["Id"] = "0", ["Code"] = "InvalidParameter", ["SenderFault"] = true });
        };
        BufferedSend a = await buffer.EnqueueAsync("a1", new() { Group = "a" });
        await bench.Pass(0.1);
        BufferedSend behind = await buffer.EnqueueAsync("a2", new() { Group = "a" }), other = await buffer.EnqueueAsync("b1", new() { Group = "b" });
        Assert.NotNull(await other.Sent);
        await Assert.ThrowsAsync<SendFailedException>(() => a.Sent);
        Assert.Contains("one before it of its group", (await Assert.ThrowsAsync<SendFailedException>(() => behind.Sent)).Message, StringComparison.Ordinal);
        Assert.NotNull(await (await buffer.EnqueueAsync("a3", new() { Group = "a" })).Sent);
        Assert.Equal((3, 0, 0), await bench.DepthAsync(url)); // a1 too: only its answer said otherwise
    });

    [Fact]
    public void A_flush_speaks_of_what_has_no_result_yet_to_every_caller_and_Sent_of_the_rest() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.BufferSends(static o => o.TryFor = TimeSpan.FromSeconds(20)).Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        bench.Faults.Rule = static (action, _) => action == "SendMessageBatch" ? Fate.ServerError : Fate.Works;
        BufferedSend lost = await buffer.EnqueueAsync("a");
        Task mine = buffer.FlushAsync(), others = buffer.FlushAsync();
        await Assert.ThrowsAsync<SendFailedException>(() => mine);
        Assert.Equal(["a"], (await Assert.ThrowsAsync<SendFailedException>(() => others)).Unsent);
        bench.Faults.Rule = static (_, _) => Fate.Works;
        await buffer.EnqueueAsync("b");
        await buffer.FlushAsync();
        await Assert.ThrowsAsync<SendFailedException>(() => lost.Sent);
    });

    [Fact]
    public void On_a_fifo_queue_no_message_is_in_one_call_with_the_next_of_its_group() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("a.fifo", ("ContentBasedDeduplication", "true"));
        using var faults = new SqsFaults(bench.Sqs);
        using AmazonSQSClient client = LocalSqsClient.Create(faults);
        List<string> got = [];
        await bench.StartAsync(
            z => z.Route("a.fifo", null, Body.Text).Queue("a.fifo", q => q.Handle(Body.Text, (m, _, _) =>
            {
                got.Add(m.Body);
                return ValueTask.CompletedTask;
            })),
            s => s.AddSingleton<IAmazonSQS>(client));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        await (await buffer.EnqueueAsync("known", new() { Group = "k" })).Sent;
        faults.On("SendMessageBatch").Times(1).FailEntries(static e => e.Body == "a1", "ServiceUnavailable");
        foreach (string text in new[] { "a1", "a2", "b1", "a3", "b2" })
            await buffer.EnqueueAsync(text, new() { Group = text[..1] });
        await buffer.FlushAsync();
        await bench.Until(() => got.Count == 6);
        Assert.Equal(["a1", "a2", "a3"], got.Where(static t => t[0] == 'a'));
        Assert.Equal(["b1", "b2"], got.Where(static t => t[0] == 'b'));
        // known; a1 which fails with b1; b2, while a1 waits by itself; a1; a2; a3
        Assert.Equal(6, faults.CallsOf("SendMessageBatch"));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stop_whose_time_is_used_up_leaves_the_buffers_a_second(bool hangs) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        await (await buffer.EnqueueAsync("known")).Sent;
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(0.8);
        bench.Faults.Rule = (_, _) => hangs ? Fate.Hangs : Fate.Works;
        BufferedSend left = await buffer.EnqueueAsync("left");
        double began = Now(bench);
        await bench.Services.GetRequiredService<BufferedSender>().StoppedAsync(new CancellationToken(canceled: true));
        Assert.Equal(hangs ? 1 : 0.8, Now(bench) - began, 0.05);
        Assert.Equal(!hangs, left.Sent.IsCompletedSuccessfully);
        Assert.Equal((hangs ? 1 : 2, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_stop_that_is_hurried_keeps_to_its_second() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        bench.Faults.Rule = static (action, _) => action == "SendMessageBatch" ? Fate.Hangs : Fate.Works;
        await buffer.EnqueueAsync("left");
        using var hurry = new CancellationTokenSource();
        double began = Now(bench);
        Task stopped = bench.Services.GetRequiredService<BufferedSender>().StoppedAsync(hurry.Token);
        await bench.Pass(0.4);
        hurry.Cancel();
        await stopped;
        Assert.Equal(1, Now(bench) - began, 0.05);
    });

    [Fact]
    public void The_loops_of_buffers_are_none_of_the_workers() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.StartAsync(static z => z.Route("orders", null, Body.Text).Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await (await bench.Services.GetRequiredService<IBufferedSender>().EnqueueAsync("x")).Sent;
        await bench.StopAsync();
        Assert.Equal((0L, 1L), (bench.Worker.GetStatus().TasksAlive, bench.Services.GetRequiredService<BufferedSender>().LoopsAlive));
    });

    [Fact]
    public void The_stop_sends_what_is_left_after_the_worker_has_drained() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        string next = await bench.QueueAsync("next");
        await bench.SendAsync(url, "x");
        await bench.StartAsync(z => z.Route("next", null, Body.Text).Queue("orders", q => q.Handle(Body.Text, async (_, services, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(3), bench.Time, cancel);
            for (int i = 0; i < 15; i++)
                await services.GetRequiredService<IBufferedSender>().EnqueueAsync($"{i}", cancel: cancel);
        })));
        await bench.Until(() => bench.Status.Running == 1);
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        await StopAsync(bench);
        Assert.Equal(0, buffer.Count);
        Assert.Equal((15, 0, 0), await bench.DepthAsync(next));
        Assert.Equal((0L, 0L), (bench.Worker.GetStatus().TasksAlive, bench.Services.GetRequiredService<BufferedSender>().LoopsAlive));
        Assert.Contains("The host has stopped", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await buffer.EnqueueAsync("late"))).Message, StringComparison.Ordinal);
        await buffer.FlushAsync();
    });

    [Fact]
    public void A_stop_without_an_answer_ends_in_time_and_says_how_much_it_leaves() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.ShutdownTimeout = TimeSpan.FromSeconds(10);
        await bench.StartAsync(static z => z.BufferSends(static o => o.Capacity = 30).Route("orders", null, Body.Text));
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        bench.Faults.Rule = static (action, _) => action == "SendMessageBatch" ? Fate.Hangs : Fate.Works;
        List<BufferedSend> all = [];
        for (int i = 0; i < 30; i++)
            all.Add(await buffer.EnqueueAsync($"{i}"));
        Task<BufferedSend> outside = buffer.EnqueueAsync("outside").AsTask();
        double began = Now(bench);
        await StopAsync(bench);
        Assert.InRange(Now(bench) - began, 9, 9.6);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 72 && l.Text.StartsWith("The host's stop leaves 30 buffered messages for orders unsent", StringComparison.Ordinal));
        Assert.All(all, static s => Assert.True(s.Sent.IsFaulted));
        await Assert.ThrowsAsync<InvalidOperationException>(() => outside);
        Assert.Equal((0L, 0L), (bench.Worker.GetStatus().TasksAlive, bench.Services.GetRequiredService<BufferedSender>().LoopsAlive));
    });

    [Fact]
    public void A_buffered_message_is_checked_passes_the_middleware_and_carries_its_callers_context() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("buffer-traced");
        List<(ActivityTraceId, string)> got = [];
        await bench.StartAsync(z => z.UseSend<Marks>().Route("buffer-traced", null, Body.Text).Queue("buffer-traced", q => q.Handle(Body.Text, (m, _, _) =>
        {
            got.Add((ActivityContext.Parse(m.Attributes["traceparent"].StringValue, null).TraceId, m.Text));
            return ValueTask.CompletedTask;
        })));
        List<Activity> sends = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Zanshin",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.OperationName == "send buffer-traced")
                    sends.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        IBufferedSender buffer = bench.Services.GetRequiredService<IBufferedSender>();
        await Assert.ThrowsAsync<ArgumentException>(async () => await buffer.EnqueueAsync("x", new() { Delay = TimeSpan.FromHours(1) }));
        Assert.Null(await (await buffer.EnqueueAsync("withheld")).Sent);
        using Activity request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        await (await buffer.EnqueueAsync("x")).Sent;
        await bench.Until(() => got.Count == 1);
        Assert.Equal([(request.TraceId, "x marked")], got);
        Activity send = Assert.Single(sends);
        Assert.Equal(request.Context, Assert.Single(send.Links).Context);
        Assert.Null(send.Parent);
    });

    [Fact]
    public void Bounds_that_cannot_be_are_found_at_the_start() => Bench.Run(async bench =>
    {
        bench.Setup(static z => z.Route("orders", null, Body.Text).BufferSends(static o =>
        {
            o.Capacity = 0;
            o.CapacityBytes = 1000;
            o.Linger = TimeSpan.FromSeconds(-1);
            o.TryFor = TimeSpan.Zero;
        }));
        await bench.QueueAsync("orders");
        ZanshinConfigurationException wrong = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Equal(4, wrong.Problems.Count);
        Assert.All(wrong.Problems, static p => Assert.StartsWith("The send buffer's ", p, StringComparison.Ordinal));
    });

    // As a host does.
    private static async Task StopAsync(Bench bench)
    {
        IHostedService[] services = [.. bench.Services.GetServices<IHostedService>().Reverse()];
        foreach (IHostedLifecycleService service in services.OfType<IHostedLifecycleService>())
            await service.StoppingAsync(default);
        foreach (IHostedService service in services)
            await service.StopAsync(default);
        foreach (IHostedLifecycleService service in services.OfType<IHostedLifecycleService>())
            await service.StoppedAsync(default);
    }

    private static double Now(Bench bench) => bench.Time.GetElapsedTime(0).TotalSeconds;

    private static List<(double At, int Entries)> Calls(Bench bench)
    {
        List<(double, int)> calls = [];
        bench.Faults.Watch = (action, call) =>
        {
            if (action == "SendMessageBatch")
                calls.Add((Now(bench), call["Entries"]!.AsArray().Count));
        };
        return calls;
    }

    private sealed class Marks : ISendMiddleware
    {
        public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel)
        {
            if (message.Text == "withheld")
                return ValueTask.CompletedTask;
            message.Text += " marked";
            return next(message, cancel);
        }
    }
}
