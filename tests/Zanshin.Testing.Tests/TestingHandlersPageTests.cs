using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zanshin.Testing.Tests.Handlers;

namespace Zanshin.Testing.Tests;

/// <summary>The code on docs/testing-handlers.md, run; and the page has no other.</summary>
public class TestingHandlersPageTests
{
    private readonly Stock stock = new();

    [Fact]
    public void All_code_on_the_page_is_in_this_file() => PageCode.AllStandsIn(ThisFile(), "testing-handlers.md", blocks: 9);

    [Fact]
    public async Task One_handler()
    {
        stock.Placing = static (message, _) => ValueTask.FromResult(message.Attempt > 3 ? Outcome.Reject("still no stock") : Outcome.Retry());

        Outcome outcome = await HandlerTest.RunAsync<PlaceOrder, OrderPlaced>(new(7), receiveCount: 4, services: s => s.AddSingleton(stock));

        HandlerResult result = await HandlerTest.For(Shop.Configure)
            .Services(s => s.AddSingleton(stock))
            .ReceiveCount(2)
            .Attribute("tenant", "acme")
            .RunAsync(new OrderPlaced(7));

        Assert.Equal(Outcome.Retry(), result.Outcome);                  // what the handler and its middleware returned
        Assert.Equal(TimeSpan.FromSeconds(70), result.Settled.Delay);   // what the queue's schedule made of it
        Assert.Null(result.Exception);
        Assert.Empty(result.Sent);

        Assert.Equal(Outcome.Reject("still no stock"), outcome);
    }

    [Fact]
    public async Task Time_stops_and_lost_leases()
    {
        stock.Placing = static async (message, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(50), message.Services.GetRequiredService<TimeProvider>(), cancel);
            return Outcome.Done;
        };

        HandlerResult stopped = await HandlerTest.For(Shop.Configure)
            .Services(s => s.AddSingleton(stock))
            .OnVirtualTime()
            .StopAfter(TimeSpan.FromMinutes(20))
            .RunAsync(new OrderPlaced(7));

        Assert.Equal(CancelReason.Stopping, stopped.Cancelled);
        Assert.Equal(SettlementKind.Returned, stopped.Settled.Kind);
    }

    [Fact]
    public async Task A_whole_worker()
    {
        Ships();
        await using TestWorker worker = await TestWorker.StartAsync(Shop.Configure, s => s.AddSingleton(stock));

        await worker.SendAsync(new OrderPlaced(7));
        await worker.WhenIdleAsync();

        Assert.Equal("7", worker.Sent.Single<OrderShipped>(m => m.Body.Number == 7).Group);
        Assert.Empty(worker.Queues.DeadLettersOf("orders"));
        Assert.Equal([7], stock.Shipped);
    }

    [Fact]
    public void A_whole_worker_on_virtual_time()
    {
        Ships();
        var time = new VirtualTime();
        time.Run(async () =>
        {
            await using TestWorker worker = await TestWorker.StartAsync(Shop.Configure, s => s.AddSingleton(stock).AddVirtualTime(time));
            await worker.SendAsync(new OrderPlaced(7), new() { Delay = TimeSpan.FromMinutes(15) });
            await worker.WhenIdleAsync();
        });
        Assert.Equal([7], stock.Shipped);
    }

    [Fact]
    public async Task A_whole_host()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(stock).AddZanshin(Shop.Configure);
        builder.Services.UseLocalQueue();
        using IHost host = builder.Build();
        await host.StartAsync();
        await host.Services.GetRequiredService<ISender>().SendAllAsync<Mail>([new("a")]);
        await host.Services.GetRequiredService<ZanshinWorker>().WhenIdleAsync();
        await host.StopAsync();

        Assert.Equal(["a"], stock.Mailed);
        Assert.Single(host.Services.GetRequiredService<TestQueues>().Sent);
    }

    [Fact]
    public async Task Without_a_worker_recorded()
    {
        var services = new ServiceCollection();
        services.AddSingleton(stock);
        services.AddZanshin(Shop.Configure).AddRecordedSender();
        await using ServiceProvider provider = services.BuildServiceProvider();
        var sender = provider.GetRequiredService<ISender>();
        var test = provider.GetRequiredService<TestSender>();

        await sender.SendAsync(new OrderPlaced(7));
        test.Sent.Single<OrderPlaced>();
        IReadOnlyList<HandlerResult> results = await test.DrainAsync();

        Assert.Equal(Outcome.Done, Assert.Single(results).Outcome);
    }

    [Fact]
    public async Task Without_a_worker_inline()
    {
        Ships();
        var services = new ServiceCollection();
        services.AddSingleton(stock);
        services.AddZanshin(Shop.Configure).AddInlineSender();
        await using ServiceProvider provider = services.BuildServiceProvider();

        await provider.GetRequiredService<ISender>().SendAsync(new OrderPlaced(7));

        Assert.Equal([7], stock.Shipped);
    }

    private void Ships() => stock.Placing = static async (message, cancel) =>
    {
        await message.Services.GetRequiredService<ISender>().SendAsync(new OrderShipped(message.Body.Number), new() { Group = $"{message.Body.Number}" }, cancel);
        return Outcome.Done;
    };

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
