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

    /// <summary>The colons in it made sections of their own, so its options were those of a queue called arn, or http.</summary>
    [Theory]
    [InlineData("arn:aws:sqs:us-east-1:000000000000:orders")]
    [InlineData("http://localhost:9324/000000000000/orders")]
    [InlineData("http://[::1]:9324/000000000000/orders")]
    [InlineData("https://gateway.test/sqs/000000000000/orders")]
    public void An_arn_or_a_url_may_be_a_queues_key(string key) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.QueueAsync("mail");
        await Start(bench, $$$"""{ "Zanshin": { "Queues": { "{{{key}}}": { "Weight": 3, "Visibility": 77 }, "mail": 2 } } }""", key, "mail");
        QueueBuilder orders = bench.Services.GetRequiredService<ZanshinBuilder>().Queues[0];
        Assert.Equal((3, 77), (orders.Weight, orders.Visibility!.Value.TotalSeconds));
        Assert.Equal([3, 2], bench.Worker.GetStatus().Queues.Select(static q => q.Weight));
    });

    [Theory]
    [InlineData("arn:aws:sqs:us-east-1:000000000000:orders")]
    [InlineData("https://sqs.eu-west-1.amazonaws.com/000000000000/orders")]
    public void An_arn_or_a_url_may_be_the_key_of_a_weight_also_in_a_group_and_beside_queues_that_are_called_so(string key) => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["orders", "arn", "http"])
            await bench.QueueAsync(name);
        await Start(
            bench, $$$"""{ "Zanshin": { "Groups": { "bulk": { "Queues": { "{{{key}}}": 5 } } }, "Queues": { "arn": { "Weight": 2 }, "http": { "Weight": 4 } } } }""", key, "arn", "http");
        Assert.Equal([("orders", "bulk", 5), ("arn", "default", 2), ("http", "default", 4)], bench.Worker.GetStatus().Queues.Select(static q => (q.Name, q.Group, q.Weight)));
    });

    [Fact]
    public void A_key_that_breaks_off_before_it_names_a_queue_is_said() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() =>
            Start(bench, """{ "Zanshin": { "Queues": { "arn:aws:sqs:us-east-1": { "Visibility": 3 } } } }""", "orders"));
        Assert.Contains("'arn:aws:sqs:us-east-1:Visibility'", Assert.Single(error.Problems), StringComparison.Ordinal);
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
        Assert.Single(bench.Log.Lines, static l => l.Id == 44 && l.Text == "Concurrency of group default is now 12");
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

    [Theory]
    [InlineData("Visibility", "0", "'orders' has a Visibility of 00:00:00")]
    [InlineData("WaitTime", "21", "'orders' has a WaitTime of 00:00:21")]
    [InlineData("TimeLimit", "-1", "'orders' has a TimeLimit of -00:00:01")]
    [InlineData("StuckAfter", "-1", "'orders' has a StuckAfter of -00:00:01")]
    [InlineData("RateLimit", "0", "'orders' has a RateLimit of 0")]
    [InlineData("Zanshin:Endpoint", "nowhere", "Endpoint is 'nowhere'")]
    [InlineData("Zanshin:TypeAttribute", " ", "TypeAttribute is empty")]
    [InlineData("Zanshin:PricePerMillionRequests", "1000001", "it must be at most 1,000,000 US dollars")]
    [InlineData("Zanshin:PricePerMillionRequests", "1e30", "'1e30' at 'Zanshin:PricePerMillionRequests': it must be an amount")]
    [InlineData("Zanshin:Only:0", "nobody", "works only 'nobody'")]
    [InlineData("Zanshin:LongestWait", "30", "a LongestWait (Zanshin:LongestWait) where queues take turns by WeightedRoundRobin")]
    public void A_mistake_is_one_at_a_reload_as_at_the_start(string key, string value, string says) => Bench.Run(async bench =>
    {
        key = key.Contains(':', StringComparison.Ordinal) ? key : $"Zanshin:Queues:orders:{key}";
        await bench.QueueAsync("orders");
        var changing = new Changing { [key] = value };
        var configuration = new ConfigurationRoot([changing]);
        ZanshinConfigurationException error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => Start(bench, configuration, "orders"));
        Assert.Contains(says, Assert.Single(error.Problems), StringComparison.Ordinal);

        changing.Remove(key);
        await Start(bench, configuration, "orders");
        (changing[key], changing["Zanshin:Concurrency"]) = (value, "9");
        configuration.Reload();
        Assert.Contains(says, Assert.Single(bench.Log.Lines, static l => l.Id == 45).Text, StringComparison.Ordinal);
        Assert.Equal(10, bench.Worker.Group("default").Concurrency);
    });

    [Fact]
    public void A_reload_says_once_what_was_moved_and_what_was_taken_out() => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["orders", "mail", "a"])
            await bench.QueueAsync(name);
        var changing = new Changing
        {
            ["Zanshin:Groups:bulk:Queues:0"] = "a", ["Zanshin:Groups:bulk:Polling"] = "StrictPriority", ["Zanshin:Groups:Other:Queues:0"] = "orders", ["Zanshin:Polling"] = "StrictPriority",
        };
        var configuration = new ConfigurationRoot([changing]);
        await Start(bench, configuration, "orders", "mail", "a");
        string[] Said() => [.. bench.Log.Lines.Where(static l => l.Id is 45 or 46).Select(static l => l.Text.Split(" was changed")[0]).Order(StringComparer.Ordinal)];

        // The same in other letters.
        changing.Remove("Zanshin:Groups:bulk:Queues:0");
        changing.Remove("Zanshin:Groups:bulk:Polling");
        (changing["Zanshin:Groups:BULK:Queues:0"], changing["Zanshin:Groups:BULK:Polling"]) = ("a", "strictpriority");
        configuration.Reload();
        Assert.Empty(Said());

        // Moved, taken out, and not said any more.
        changing["Zanshin:Groups:BULK:Queues:1"] = "mail";
        changing.Remove("Zanshin:Groups:BULK:Polling");
        changing.Remove("Zanshin:Groups:Other:Queues:0");
        changing.Remove("Zanshin:Polling");
        configuration.Reload();
        string[] all = ["Polling", "Polling of group bulk", "The group of mail", "The group of orders"];
        Assert.Equal(all, Said());

        // Once only.
        changing["Zanshin:Concurrency"] = "9";
        configuration.Reload();
        Assert.Equal(all, Said());
        Assert.Equal(9, bench.Worker.Group("default").Concurrency);
    });

    [Fact]
    public void A_queue_that_a_reload_brings_is_said_once() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        var memory = new MemoryConfigurationProvider(new MemoryConfigurationSource()) { { "Zanshin:Queues:0", "orders" } };
        var configuration = new ConfigurationRoot([memory]);
        bench.Setup(
            static z => z.OtherQueues(static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)),
            services => services.AddSingleton<IConfiguration>(configuration));
        await bench.Worker.StartAsync(default);
        memory.Set("Zanshin:Queues:1", "mail");
        configuration.Reload();
        configuration.Reload();
        Assert.StartsWith("Queue mail", Assert.Single(bench.Log.Lines, static l => l.Id == 46).Text, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("""{ "Zanshin": { "LongestWait": 5 } }""")]
    [InlineData("""{ "Zanshin": { "Groups": { "g": { "LongestWait": 5 } } } }""")]
    [InlineData("""{ "Zanshin": { "Groups": { "g": { "LongestWait": 5, "Polling": "StrictPriority" } } } }""")]
    public void LongestWait_counts_whoever_says_strict_priority(string json) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(
            static z =>
            {
                z.Polling = Polling.StrictPriority;
                z.Group("g", static g => g.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
            },
            services => services.AddSingleton<IConfiguration>(Json(json)));
        await bench.Worker.StartAsync(default);
        ZanshinBuilder setup = bench.Services.GetRequiredService<ZanshinBuilder>();
        Assert.Equal("StrictPriority within 00:00:05", (setup.Groups[0].Polling ?? setup.Polling).ToString());
    });

    [Theory]
    [InlineData("""{ "Zanshin": { "Groups": { "g": { "LongestWait": 5, "Queues": [ "orders" ] } } } }""", "a LongestWait (Zanshin:Groups:g:LongestWait)")]
    [InlineData("""{ "Zanshin": { "Polling": "WeightedRoundRobin", "LongestWait": 5 } }""", "a LongestWait (Zanshin:LongestWait)")]
    [InlineData("""{ "Zanshin": { "LongestWait": "long" } }""", "'long' at 'Zanshin:LongestWait': it must be a time")]
    [InlineData("""{ "Zanshin": { "Polling": "Random", "LongestWait": 5 } }""", "'Random' at 'Zanshin:Polling'")]
    public void LongestWait_is_refused_where_it_means_nothing(string json, string says) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        Assert.Contains(says, Assert.Single((await Assert.ThrowsAsync<ZanshinConfigurationException>(() => Start(bench, json, "orders"))).Problems), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("arn:aws:sqs:us-east-1:000000000000:orders")]
    [InlineData("orders")]
    [InlineData("BULK")]
    public void What_is_worked_may_be_named_as_code_gives_it_and_groups_in_any_case(string only) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.QueueAsync("mail");
        bench.Setup(
            static z =>
            {
                z.Group("bulk", static g => g.Queue("arn:aws:sqs:us-east-1:000000000000:orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
                z.Queue("mail", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
            },
            services => services.AddSingleton<IConfiguration>(Json($$"""{ "Zanshin": { "Only": "{{only}}" } }""")));
        await bench.Worker.StartAsync(default);
        Assert.Equal(["orders"], bench.Worker.GetStatus().Queues.Select(static q => q.Name));
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

    /// <summary>A configuration that keys are also taken out of.</summary>
    private sealed class Changing : ConfigurationProvider
    {
        public string this[string key]
        {
            get => Data[key]!;
            set => Data[key] = value;
        }

        public void Remove(string key) => Data.Remove(key);
    }
}
