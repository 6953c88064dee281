using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

/// <summary>The configuration section <c>Zanshin</c>: its shapes, its mistakes, and what a reload changes.</summary>
public class ConfiguredTests
{
    [Fact]
    public void Queues_with_weights_and_groups_are_read_in_every_shape() => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["mail", "orders", "reports", "a", "b", "c"])
            await bench.QueueAsync(name);
        await Start(bench, """
            { "Zanshin": {
                "Concurrency": 25, "Delay": 1.5,
                "Queues": [ "mail", ["orders", 8], { "Name": "reports", "Weight": 3, "Visibility": 60 } ],
                "Groups": {
                    "bulk": { "Concurrency": 5, "Delay": "00:00:03", "PollingStrategy": "StrictPriority", "LongestWait": 30, "Queues": [ ["a", 2] ] },
                    "other": { "Queues": { "b": 4, "c": { "Weight": 6, "Delay": 2 } } }
                } } }
            """, "mail", "orders", "reports", "a", "b", "c");

        WorkerStatus status = bench.Worker.GetStatus();
        Assert.Equal(
            [("mail", "default", 1), ("orders", "default", 8), ("reports", "default", 3), ("a", "bulk", 2), ("b", "other", 4), ("c", "other", 6)],
            status.Queues.Select(static q => (q.Name, q.Group, q.Weight)));
        Assert.Equal([("default", 25), ("bulk", 5), ("other", 25)], status.Groups.Select(static g => (g.Name, g.Concurrency)));
        Assert.Equal([1.5, 3, 2], ((string[])["mail", "a", "c"]).Select(name => bench.Worker.Queue(name).Delay.TotalSeconds));
    });

    [Fact]
    public void A_weight_may_have_options_beside_it() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        // As the environment adds to a file.
        await Start(bench, """{ "Zanshin": { "Queues": { "orders": 8, "orders:Delay": 2 } } }""", "orders");
        Assert.Equal((8, 2), (bench.Worker.GetStatus().Queues[0].Weight, bench.Worker.Queue("orders").Delay.TotalSeconds));
    });

    [Fact]
    public void Everything_that_is_wrong_in_it_is_said_at_once() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        ZanshinConfigurationException error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => Start(bench, """
            { "Zanshin": {
                "Delay": "soon", "MaxConcurrency": 0, "Only": [ "nobody" ], "Polling": "Random",
                "Queues": [ ["orders", "heavy"], { "Weight": 3 }, "unknown" ],
                "Groups": {
                    "bulk": { "Concurency": 5, "Polling": "StrictPriority", "LongestWait": -1, "RateLimit": 0, "Queues": [ "orders" ] },
                    "default": { "Concurrency": 10001 },
                    "bulkk": { "Concurrency": 5 }
                } } }
            """, "orders"));
        foreach (string part in (string[])
        [
            "'soon' at 'Zanshin:Delay': it must be a time like", "MaxConcurrency is 0", "works only 'nobody'", "'Random' at 'Zanshin:Polling'", "'heavy' at 'Zanshin:Queues:0:1': it must be a whole number",
            "a queue without a name (Zanshin:Queues:1)", "options for a queue 'unknown'", "'Zanshin:Groups:bulk:Concurency', which is no option of a group",
            "'-1' at 'Zanshin:Groups:bulk:LongestWait': it must be over 0", "Group 'bulk' has a RateLimit of 0", "has a group 'default'", "options for a group 'bulkk'",
        ])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Mistakes_in_groups_are_said() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        ZanshinConfigurationException error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.StartAsync(static z =>
        {
            z.Group("default", static g => g.Concurrency = 10_001);
            z.Group("g", static g =>
            {
                g.Delay = TimeSpan.FromHours(1);
                g.RateLimit = 0;
                g.Queue("orders", static q =>
                {
                    q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask);
                    q.Weight = 0;
                    q.Concurrency = 0;
                });
            });
        }));
        foreach (string part in (string[])
            ["Group 'default' has a Concurrency of 10001", "called 'default'", "Group 'g' has a Delay of 01:00:00", "Group 'g' has a RateLimit of 0", "'orders' has a Weight of 0", "'orders' has a Concurrency of 0"])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Only_what_is_named_is_worked() => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["mail", "orders", "a", "b"])
            await bench.QueueAsync(name);
        await Start(bench, """{ "Zanshin": { "Only": [ "orders", "bulk" ], "Groups": { "bulk": { "Queues": [ "a" ] } } } }""", "mail", "orders", "a", "b");
        Assert.Equal(["orders", "a"], bench.Worker.GetStatus().Queues.Select(static q => q.Name));
    });

    [Theory]
    [InlineData("""{ "Zanshin": { "Only": "orders" } }""", "orders")]
    [InlineData("""{ "Zanshin": { "Only": [ "default" ] } }""", "mail, orders")]
    public void A_single_name_and_the_own_group_may_be_all_that_is_worked(string json, string worked) => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["mail", "orders"])
            await bench.QueueAsync(name);
        await Start(bench, json, "mail", "orders");
        Assert.Equal(worked, string.Join(", ", bench.Worker.GetStatus().Queues.Select(static q => q.Name)));
    });

    [Theory]
    [InlineData("""{ "Zanshin": { "Only": [] } }""", "names nothing at 'Zanshin:Only'")]
    [InlineData("""{ "Zanshin": { "Queues": "orders" } }""", "'orders' at 'Zanshin:Queues': it must be a list")]
    public void What_would_name_nothing_is_a_mistake(string json, string says) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        Assert.Contains(says, (await Assert.ThrowsAsync<ZanshinConfigurationException>(() => Start(bench, json, "orders"))).Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_groups_name_may_be_written_in_any_case() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(
            static z => z.Group("Bulk", static g => g.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask))),
            static services => services.AddSingleton<IConfiguration>(Json("""{ "Zanshin": { "Groups": { "BULK": { "Concurrency": 4, "Polling": "StrictPriority" } } } }""")));
        await bench.Worker.StartAsync(default);
        Assert.Equal(4, bench.Worker.Group("Bulk").Concurrency);
    });

    [Fact]
    public void Queues_of_one_name_are_told_apart_by_their_urls() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        string other = url.Replace("000000000000", "111111111111", StringComparison.Ordinal);
        ZanshinConfigurationException error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => Start(bench, """{ "Zanshin": { "Queues": [ ["orders", 3] ] } }""", url, other));
        Assert.Contains("has 2 of that name", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Queues_that_only_the_configuration_names_are_worked_in_one_way() => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["mail", "orders"])
            await bench.SendAsync(await bench.QueueAsync(name), "x");
        List<string> seen = [];
        bench.Setup(
            z => z.OtherQueues(q => q.Handle(Body.Text, (message, _, _) =>
            {
                seen.Add(message.Queue);
                return ValueTask.CompletedTask;
            })),
            static services => services.AddSingleton<IConfiguration>(Json("""{ "Zanshin": { "Queues": [ "mail", ["orders", 3] ] } }""")));
        await bench.Worker.StartAsync(default);
        await bench.Until(() => seen.Count == 2, 5);
        Assert.Equal(3, bench.Worker.GetStatus().Queues.Single(static q => q.Name == "orders").Weight);
    });

    [Fact]
    public void A_reload_changes_what_may_change_and_says_so() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.QueueAsync("a");
        var memory = new MemoryConfigurationProvider(new MemoryConfigurationSource()) { { "Zanshin:Concurrency", "7" }, { "Zanshin:Groups:g:Queues:0", "a" } };
        var configuration = new ConfigurationRoot([memory]);
        await Start(bench, configuration, "orders", "a");
        Assert.Equal(7, bench.Worker.Group("default").Concurrency);
        bench.Worker.Queue("a").RateLimit = 9;

        memory.Set("Zanshin:Concurrency", "12");
        memory.Set("Zanshin:MaxConcurrency", "20");
        memory.Set("Zanshin:Delay", "3");
        memory.Set("Zanshin:Groups:g:RateLimit", "5");
        memory.Set("Zanshin:Queues:orders:Weight", "4");
        memory.Set("Zanshin:Queues:orders:Concurrency", "2");
        memory.Set("Zanshin:Queues:orders:Visibility", "90");
        configuration.Reload();
        Assert.Equal(12, bench.Worker.Group("default").Concurrency);
        Assert.Equal(12, bench.Worker.Group("g").Concurrency);
        Assert.Equal(20, bench.Worker.MaxConcurrency);
        Assert.Equal(5, bench.Worker.Group("g").RateLimit);
        QueueControl orders = bench.Worker.Queue("orders");
        Assert.Equal((4, 2, 3d), (orders.Weight, orders.Concurrency, orders.Delay.TotalSeconds));
        // What code changed stays, where the configuration says nothing new.
        Assert.Equal(9, bench.Worker.Queue("a").RateLimit);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 44 && l.Text == "Concurrency of group default is now 12");
        Assert.Single(bench.Log.Lines, static l => l.Id == 46 && l.Text.StartsWith("Visibility of orders", StringComparison.Ordinal));

        // Taken back, it is as in code.
        memory.Set("Zanshin:Concurrency", null);
        configuration.Reload();
        Assert.Equal(10, bench.Worker.Group("default").Concurrency);
    });

    [Fact]
    public void A_reload_with_a_mistake_changes_nothing() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        var memory = new MemoryConfigurationProvider(new MemoryConfigurationSource()) { { "Zanshin:Concurrency", "7" } };
        var configuration = new ConfigurationRoot([memory]);
        await Start(bench, configuration, "orders");
        memory.Set("Zanshin:Concurrency", "9");
        memory.Set("Zanshin:Queues:orders:Weight", "0");
        memory.Set("Zanshin:Timeout", "-5");
        configuration.Reload();
        Assert.Contains(bench.Log.Lines, static l => l.Id == 45 && l.Text.Contains("Timeout is -00:00:05", StringComparison.Ordinal));
        Assert.Equal(7, bench.Worker.Group("default").Concurrency);
        Assert.Contains("'orders' has a Weight of 0", Assert.Single(bench.Log.Lines, static l => l.Id == 45).Text, StringComparison.Ordinal);
        await bench.StopAsync();
        // After the stop nobody listens any more.
        memory.Set("Zanshin:Queues:orders:Weight", "3");
        configuration.Reload();
        Assert.Single(bench.Log.Lines, static l => l.Id == 45);
    });

    private static IConfigurationRoot Json(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json))).Build();

    private static Task Start(Bench bench, string json, params string[] queues) => Start(bench, Json(json), queues);

    private static Task Start(Bench bench, IConfiguration configuration, params string[] queues)
    {
        bench.Setup(
            z =>
            {
                foreach (string queue in queues)
                    z.Queue(queue, static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
            },
            services => services.AddSingleton(configuration));
        return bench.Worker.StartAsync(default);
    }
}
