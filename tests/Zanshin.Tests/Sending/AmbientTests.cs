using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sending;

public class AmbientTests
{
    private static readonly AsyncLocal<string?> s_tenant = new();

    [Fact]
    public void What_is_ambient_where_a_message_is_sent_is_ambient_around_its_handler() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.QueueAsync("next");
        List<string> got = [];
        await bench.StartAsync(z =>
        {
            z.Concurrency = 1;
            z.Carry("tenant", static () => s_tenant.Value, static value => s_tenant.Value = value);
            z.Route("orders", "first", Body.Text).Route("next", "next", Body.Json(LongJson.Default.Int64));
            z.Queue("orders", q => q.Use<SeesTenant>().Handle("first", Body.Text, async (message, _, cancel) =>
            {
                got.Add($"{message.Body} {s_tenant.Value} {message.Ambient.GetValueOrDefault("tenant")}");
                await bench.Sender.SendAsync(7L, cancel: cancel);
                s_tenant.Value = "left behind";
            }));
            z.Queue("next", q => q.Handle("next", Body.Json(LongJson.Default.Int64), (message, _, _) =>
            {
                got.Add($"next {s_tenant.Value}");
                return ValueTask.CompletedTask;
            }));
        });
        foreach (string? tenant in new[] { "a", null, "b" })
        {
            s_tenant.Value = tenant;
            await bench.Sender.SendAsync($"for {tenant}");
        }
        await bench.Until(() => got.Count == 6);
        Assert.Equal(["for  ", "for a a a", "for b b b", "next ", "next a", "next b"], got.Select(static g => g.TrimEnd() is "for" ? "for  " : g).Order(StringComparer.Ordinal));
        Assert.Equal("b", s_tenant.Value);
    });

    [Fact]
    public void A_value_can_be_given_back_to_the_services_of_the_message() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        List<string?> got = [];
        await bench.StartAsync(
            z =>
            {
                z.Carry("user", static () => s_tenant.Value, static (value, services) => services.GetRequiredService<CurrentUser>().Name = value);
                z.Route("orders", null, Body.Text).Queue("orders", q => q.Handle(Body.Text, (_, services, _) =>
                {
                    got.Add(services.GetRequiredService<CurrentUser>().Name);
                    return ValueTask.CompletedTask;
                }));
            },
            static s => s.AddScoped<CurrentUser>());
        s_tenant.Value = "ü \"quoted\" \u0001";
        await bench.Sender.SendAsync("x");
        await bench.Until(() => got.Count == 1);
        Assert.Equal(["ü \"quoted\" \u0001"], got);
    });

    [Fact]
    public void A_batch_reads_the_values_of_each_of_its_messages() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        List<string> got = [];
        await bench.StartAsync(z => z.Carry("tenant", static () => s_tenant.Value).Route("orders", null, Body.Text).Queue("orders", q => q.HandleBatch(Body.Text, (batch, _, _) =>
        {
            got.AddRange(batch.Select(static m => $"{m.Body} {m.Ambient["tenant"]}"));
            return ValueTask.FromResult(new BatchOutcome());
        }, gather: TimeSpan.FromSeconds(1))));
        foreach (string tenant in new[] { "a", "b" })
        {
            s_tenant.Value = tenant;
            await bench.Sender.SendAsync($"for {tenant}");
        }
        await bench.Until(() => got.Count == 2);
        Assert.Equal(["for a a", "for b b"], got.Order(StringComparer.Ordinal));
    });

    [Fact]
    public void More_than_two_kibibytes_are_refused_and_nothing_is_an_attribute_less() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Carry("tenant", static () => s_tenant.Value).Route("orders", null, Body.Text));
        s_tenant.Value = new string('t', 2048 - "{\"tenant\":\"\"}".Length);
        await bench.Sender.SendAsync("x");
        s_tenant.Value += "t";
        ArgumentException much = await Assert.ThrowsAsync<ArgumentException>(() => bench.Sender.SendAsync("x"));
        Assert.Contains("2,049 bytes; a message carries 2 KiB of them: tenant 2,036 characters", much.Message, StringComparison.Ordinal);
        s_tenant.Value = null;
        await bench.Sender.SendAsync("without", new() { Attributes = Enumerable.Range(0, 10).ToDictionary(static i => $"a{i}", static _ => "v") });
        Assert.Equal((2, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void What_others_put_under_the_name_is_not_taken_for_values() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        List<int> got = [];
        await bench.StartAsync(z => z.Route("orders", null, Body.Text).Queue("orders", q => q.Handle(Body.Text, (message, _, _) =>
        {
            got.Add(message.Ambient.Count);
            return ValueTask.CompletedTask;
        })));
        foreach (string text in new[] { "no json", "[1]", "null", "{\"a\":1,\"b\":\"c\"}", "{\"a\":\"\\ud800\"}" })
            await bench.Sender.SendAsync("x", new() { Attributes = new Dictionary<string, string> { ["zanshin-ambient"] = text } });
        await bench.Until(() => bench.Status.Done == 5);
        Assert.Equal([0, 0, 0, 0, 1], got.Order());
    });

    private sealed class CurrentUser
    {
        public string? Name { get; set; }
    }

    private sealed class SeesTenant : IMiddleware
    {
        public ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel)
        {
            Assert.Equal(message.Ambient.GetValueOrDefault("tenant"), s_tenant.Value);
            return next(message, cancel);
        }
    }
}
