using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sending;

public class SendMiddlewareTests
{
    [Fact]
    public void Every_message_passes_the_senders_middleware_then_the_routes() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(
            static z => z.UseSend<First>().UseSend<Second>().Route("orders", "t", Body.Text, static r => r.UseSend<Third>()),
            static s => s.AddSingleton<Seen>());
        await bench.Sender.SendAsync("x");
        Assert.Equal(["First x", "Second x", "Third x", "Third x ready", "Second x ready", "First x ready"], bench.Services.GetRequiredService<Seen>().Lines);
        bench.Services.GetRequiredService<Seen>().Lines.Clear();
        await bench.Sender.SendAllAsync(["y", "z"]);
        Assert.Equal(["First y", "First z"], bench.Services.GetRequiredService<Seen>().Lines.Where(static l => l is "First y" or "First z"));
        Assert.Equal(12, bench.Services.GetRequiredService<Seen>().Lines.Count);
    });

    [Fact]
    public void Middleware_is_put_in_before_and_after_replaced_removed_and_cleared() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z =>
        {
            z.Route("orders", null, Body.Text, static r => r.SendMiddleware.Add<Withholds>().Remove<Withholds>());
            z.UseSend<Second>();
            z.SendMiddleware.InsertBefore<Second, First>().InsertAfter<Second, Third>().Add<Withholds>().Remove<Withholds>().Replace<Second, Shouts>();
            Assert.Equal([typeof(First), typeof(Shouts), typeof(Third)], z.SendMiddleware.Types);
        }, static s => s.AddSingleton<Seen>());
        await bench.Sender.SendAsync("x");
        Assert.Equal(["First x", "Third X", "Third X ready", "First X ready"], bench.Services.GetRequiredService<Seen>().Lines);
    });

    [Fact]
    public void What_is_put_beside_middleware_that_is_not_there_is_found_at_the_start() => Bench.Run(async bench =>
    {
        bench.Setup(static z =>
        {
            z.Route("orders", null, Body.Text, static r => r.SendMiddleware.Replace<Second, Third>());
            z.Carry("a", static () => null).Carry("a", static () => null);
            z.Route("a.fifo", null, Body.Bytes, static r => r.CarryLongDelays());
            z.SendMiddleware.InsertBefore<Second, First>();
        });
        await bench.QueueAsync("orders");
        await bench.QueueAsync("a.fifo");
        ZanshinConfigurationException wrong = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Equal(4, wrong.Problems.Count);
        Assert.Contains(wrong.Problems, static p => p.StartsWith("Second is not in the send middleware: First cannot be put before it.", StringComparison.Ordinal));
        Assert.Contains(wrong.Problems, static p => p.StartsWith("Second is not in the send middleware of the route of String: Third cannot take its place.", StringComparison.Ordinal));
        Assert.Contains(wrong.Problems, static p => p.StartsWith("The ambient value 'a' is carried 2 times", StringComparison.Ordinal));
        Assert.Contains(wrong.Problems, static p => p.StartsWith("The route of Byte[] carries long delays to 'a.fifo'", StringComparison.Ordinal));
    });

    [Fact]
    public void A_middleware_can_change_all_of_a_message() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("a.fifo");
        List<string> got = [];
        await bench.StartAsync(z => z.UseSend<Changes>().Route("a.fifo", "t", Body.Text).Queue("a.fifo", q => q.Handle("t", Body.Text, (m, _, _) =>
        {
            got.Add($"{m.Body} {m.Group} {m.Attributes["added"].StringValue} {m.SystemAttributes["MessageDeduplicationId"]}");
            return ValueTask.CompletedTask;
        })));
        await bench.Sender.SendAsync("long");
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal(["pointer g 4 d"], got);
    });

    [Fact]
    public void A_message_that_is_not_passed_on_is_not_sent_and_its_result_says_so() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.UseSend<Withholds>().Route("orders", null, Body.Text));
        Assert.Null(await bench.Sender.SendAsync("secret"));
        await bench.Sender.SendAllAsync(["secret", "a"]);
        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(["b", "secret", "c"]);
        Assert.Equal([(true, false), (false, true), (true, false)], results.Select(static r => (r.Sent, r.Withheld)));
        Assert.Equal((3, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void What_a_middleware_makes_of_a_message_is_checked_and_what_it_throws_sends_none() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.UseSend<Spoils>().Route("orders", null, Body.Text));
        Assert.Contains("1 MiB", (await Assert.ThrowsAsync<ArgumentException>(() => bench.Sender.SendAllAsync(["a", "long", "b"]))).Message, StringComparison.Ordinal);
        Assert.Contains("body is empty", (await Assert.ThrowsAsync<ArgumentException>(() => bench.Sender.SendAsync("empty"))).Message, StringComparison.Ordinal);
        Assert.Equal("no", (await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => bench.Sender.SendAllAsync(["a", "throws"]))).Message);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_call_has_a_scope_of_its_own() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z => z.UseSend<Scoped>().Route("orders", null, Body.Text), static s => s.AddSingleton<Seen>().AddScoped<PerCall>());
        await bench.Sender.SendAllAsync(["a", "b"]);
        await bench.Sender.SendAsync("c");
        List<string> lines = bench.Services.GetRequiredService<Seen>().Lines;
        Assert.Equal(3, lines.Count);
        Assert.Equal(lines[0], lines[1]);
        Assert.NotEqual(lines[1], lines[2]);
    });

    private sealed class Seen
    {
        public List<string> Lines { get; } = [];
    }

    private sealed class PerCall
    {
        public Guid Id { get; } = Guid.NewGuid();
    }

    private abstract class Notes(Seen seen) : ISendMiddleware
    {
        public async ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel)
        {
            seen.Lines.Add($"{GetType().Name} {message.Text}");
            await next(message, cancel);
            seen.Lines.Add($"{GetType().Name} {message.Text} ready");
        }
    }

    private sealed class First(Seen seen) : Notes(seen);

    private sealed class Second(Seen seen) : Notes(seen);

    private sealed class Third(Seen seen) : Notes(seen);

    private sealed class Shouts : ISendMiddleware
    {
        public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel)
        {
            message.Text = message.Text.ToUpperInvariant();
            return next(message, cancel);
        }
    }

    private sealed class Changes : ISendMiddleware
    {
        public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel)
        {
            Assert.Equal(("long", "t", "a.fifo", true), (message.Body, message.Type, message.Queue, message.Fifo));
            message.Attributes["added"] = new() { DataType = "Number", StringValue = $"{message.Text.Length}" };
            (message.Text, message.Group, message.DeduplicationId) = ("pointer", "g", "d");
            return next(message, cancel);
        }
    }

    private sealed class Withholds : ISendMiddleware
    {
        public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel) =>
            message.Text == "secret" ? ValueTask.CompletedTask : next(message, cancel);
    }

    private sealed class Spoils : ISendMiddleware
    {
        public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel)
        {
            message.Text = message.Text switch
            {
                "long" => new string('x', 2_000_000),
                "empty" => "",
                "throws" => throw new TimeZoneNotFoundException("no"),
                string other => other,
            };
            return next(message, cancel);
        }
    }

    private sealed class Scoped(PerCall call, Seen seen) : ISendMiddleware
    {
        public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel)
        {
            Assert.Same(call, message.Services.GetRequiredService<PerCall>());
            seen.Lines.Add($"{call.Id}");
            return next(message, cancel);
        }
    }
}
