using System.Text.Json.Nodes;
using Amazon.SQS.Model;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sending;

public class LongDelayTests
{
    [Theory]
    [InlineData(2 * 3600 + 600)]
    [InlineData(900.5)]
    [InlineData(86_400)]
    public void A_long_delay_ends_when_it_should_and_not_before(double seconds) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<(DateTimeOffset At, DateTimeOffset SentAt, int Attempt, string Text)> got = [];
        await bench.StartAsync(z =>
        {
            z.CarryLongDelays().Route("orders", "t", Body.Text).Queue("orders", q => q.Handle("t", Body.Text, (m, _, _) =>
            {
                got.Add((bench.Time.GetUtcNow(), m.SentAt, m.Attempt, $"{m.Body} {m.Group} {m.Attributes["tenant"].StringValue}"));
                return ValueTask.CompletedTask;
            }));
        });
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.Sender.SendAsync("x", new() { Delay = TimeSpan.FromSeconds(seconds), Group = "g", Attributes = new Dictionary<string, string> { ["tenant"] = "a" } });
        await bench.Until(() => got.Count == 1, atMost: seconds + 60);
        (DateTimeOffset at, DateTimeOffset sentAt, int attempt, string text) = Assert.Single(got);
        Assert.InRange((at - began).TotalSeconds, seconds, seconds + 1.5);
        Assert.Equal((began, 1, "x g a"), (sentAt, attempt, text));
        await bench.Until(() => bench.Status.Settling == 0);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
        Assert.Equal((1, 0), (bench.Status.Done, bench.Status.Retried));
        // One hop for each quarter of an hour, and no more.
        Assert.Equal((int)Math.Ceiling(seconds / 900) - 1, bench.Faults.Count("SendMessage"));
    }, TimeSpan.FromDays(2));

    [Fact]
    public void A_repeated_hop_is_a_repeated_request() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Faults.Rule = static (action, n) => action == "SendMessage" && n < 2 ? Fate.ServerError : Fate.Works;
        await bench.StartAsync(static z => z.CarryLongDelays().Route("orders", null, Body.Text).Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await bench.Sender.SendAsync("x", new() { Delay = TimeSpan.FromMinutes(20) });
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal((3L, 2L), (bench.Status.Sends, bench.Status.RepeatedRequests));
    });

    [Fact]
    public void A_moment_far_away_is_kept_for_a_route_that_carries_long_delays_alone() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        List<DateTimeOffset> got = [];
        await bench.StartAsync(z => z.Route("orders", null, Body.Text, static r => r.CarryLongDelays()).Route("orders", null, Body.Bytes)
            .Queue("orders", q => q.Handle(Body.Text, (_, _, _) =>
            {
                got.Add(bench.Time.GetUtcNow());
                return ValueTask.CompletedTask;
            })));
        DateTimeOffset at = bench.Time.GetUtcNow().AddHours(1).AddSeconds(7.25);
        await bench.Sender.SendAsync("x", new() { At = at });
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => bench.Sender.SendAsync(new byte[1], new() { At = at }));
        Assert.Contains("0 to 15 minutes", refused.Message, StringComparison.Ordinal);
        Assert.Contains("ten years", (await Assert.ThrowsAsync<ArgumentException>(() => bench.Sender.SendAsync("x", new() { Delay = TimeSpan.MaxValue }))).Message, StringComparison.Ordinal);
        await bench.Until(() => got.Count == 1, atMost: 4000);
        Assert.InRange((got[0] - at).TotalSeconds, 0, 1.5);
    });

    [Fact]
    public void A_hop_that_cannot_be_sent_leaves_the_message_where_it_is_and_it_is_handled_when_it_is_due() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<DateTimeOffset> got = [];
        await bench.StartAsync(z => z.CarryLongDelays().Route("orders", null, Body.Text).Queue("orders", q => q.Handle(Body.Text, (m, _, _) =>
        {
            got.Add(bench.Time.GetUtcNow());
            return ValueTask.CompletedTask;
        })));
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.Sender.SendAsync("x", new() { Delay = TimeSpan.FromHours(2) });
        bench.Faults.Rule = static (action, _) => action == "SendMessage" ? Fate.Denied : Fate.Works;
        await bench.Until(() => got.Count == 1, atMost: 8000);
        Assert.InRange((got[0] - began).TotalHours, 2, 2.001);
        Assert.InRange(bench.Faults.Count("SendMessage"), 2, 20);
        Assert.Equal(1, bench.Status.Retried);
        await bench.Until(() => bench.Status.Settling == 0);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_hop_whose_answer_is_lost_leaves_two_copies_that_name_the_same_message() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        List<string> ids = [];
        await bench.StartAsync(z => z.CarryLongDelays().Route("orders", null, Body.Text).Queue("orders", q => q.Handle(Body.Text, (m, _, _) =>
        {
            ids.Add(JsonNode.Parse(m.Attributes["zanshin-due"].StringValue)!["id"]!.GetValue<string>());
            return ValueTask.CompletedTask;
        })));
        bench.Faults.Rule = static (action, n) => action == "SendMessage" && n == 0 ? Fate.LostAfter : Fate.Works;
        await bench.Sender.SendAsync("x", new() { Delay = TimeSpan.FromHours(1) });
        await bench.Sender.SendAsync("y", new() { Delay = TimeSpan.FromHours(1) });
        await bench.Until(() => ids.Count == 3, atMost: 4000);
        Assert.Equal(2, ids.Distinct().Count());
    });

    [Fact]
    public void Of_a_batch_those_that_are_not_due_go_on_and_the_others_are_handled() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<string> got = [];
        await bench.StartAsync(z => z.CarryLongDelays().Route("orders", null, Body.Text)
            .Queue("orders", q => q.HandleBatch(Body.Text, (batch, _, _) =>
            {
                got.Add(string.Join(' ', batch.Select(static m => m.Body).Order(StringComparer.Ordinal)));
                return ValueTask.FromResult(new BatchOutcome());
            }, gather: TimeSpan.FromSeconds(5))));
        await bench.Sender.SendAllAsync(["a", "b"], static _ => new() { Delay = TimeSpan.FromMinutes(20) });
        await bench.Sender.SendAllAsync(["c", "d"], static _ => new() { Delay = TimeSpan.FromMinutes(15) });
        await bench.Until(() => got.Count == 2, atMost: 2000);
        Assert.Equal(["c d", "a b"], got);
        await bench.Until(() => bench.Status.Settling == 0);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    // They took permits of rate limits, and stood aside for the limit of a handler that was not to run.
    [Fact]
    public void What_goes_on_takes_nothing_of_what_limits_handlers() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.StartAsync(z =>
        {
            z.Concurrency = 2;
            z.CarryLongDelays().Route("orders", null, Body.Text).Queue("orders", q =>
            {
                q.RateLimit = 0.1;
                q.Handle(Body.Text, (m, _, cancel) => new ValueTask(Task.Delay(TimeSpan.FromHours(3), bench.Time, cancel)), static h => h.Concurrency = 1);
            });
        });
        await bench.Sender.SendAllAsync(Enumerable.Range(0, 25).Select(static i => $"{i}"), static _ => new() { Delay = TimeSpan.FromHours(2) });
        await bench.Sender.SendAsync("now");
        await bench.Until(() => bench.Status.Running == 1, atMost: 10);
        await bench.Pass(890);
        Assert.Equal(0, bench.Faults.Count("SendMessage"));
        await bench.Until(() => bench.Faults.Count("SendMessage") == 25, atMost: 40);
        Assert.Equal((1, 0), (bench.Status.Running, bench.Status.Done));
    }, TimeSpan.FromDays(1));

    [Fact]
    public void What_others_put_under_the_name_is_due() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        foreach (string text in new[] { "soon", "{}", "[]", "{\"due\":7}", """{"due":"2999-01-01","sent":1}""", """{"due":"x","sent":"y","id":"z"}""", """{"due":"9999-01-01T00:00:00Z","sent":"2026-01-01T00:00:00Z","id":"z"}""" })
        {
            await bench.Direct.SendMessageAsync(new SendMessageRequest
            {
                QueueUrl = url,
                MessageBody = "x",
                MessageAttributes = new() { ["zanshin-due"] = new() { DataType = "String", StringValue = text } },
            });
        }
        await bench.Until(() => bench.Status.Done == 7, atMost: 10);
    });
}
