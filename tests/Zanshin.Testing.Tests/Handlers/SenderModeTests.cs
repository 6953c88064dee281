using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Testing.Tests.Handlers;

public class SenderModeTests
{
    private readonly Stock _stock = new();

    [Fact]
    public async Task Recorded_messages_are_asserted_and_not_run()
    {
        await using ServiceProvider services = Services(static s => s.AddRecordedSender());
        var sender = services.GetRequiredService<ISender>();
        var test = services.GetRequiredService<TestSender>();
        _stock.Placing = static (_, _) => throw new InvalidOperationException("was run");

        test.Sent.None();
        await sender.SendAsync(new OrderPlaced(7), new() { Delay = TimeSpan.FromSeconds(9), Attributes = new Dictionary<string, string> { ["tenant"] = "tea" } });
        await sender.SendAsync(new OrderShipped(7), new() { Group = "7", DeduplicationId = "once" });
        await sender.SendAsync(new OrderShipped(7), new() { Group = "7", DeduplicationId = "once" });

        SentMessage<OrderPlaced> placed = test.Sent.Single<OrderPlaced>(m => m.Body.Number == 7);
        Assert.Equal(("orders", "order.placed", TimeSpan.FromSeconds(9), "tea"), (placed.Queue, placed.Type, placed.Delay, placed.Attributes["tenant"]));
        Assert.Equal(("7", "once"), (test.Sent.Single<OrderShipped>().Group, test.Sent.Single<OrderShipped>().DeduplicationId));
        test.Sent.None<Mail>();
        Assert.Equal(2, test.Sent.Count);
        Assert.Contains("""
            Nothing was expected to be sent. Sent, in order:
              1. order.placed to 'orders', after 00:00:09: {"Number":7,"What":"tea"}
              2. order.shipped to 'shipments.fifo', group 7: {"Number":7}
            """, Assert.Throws<SentMessagesException>(test.Sent.None).Message, StringComparison.Ordinal);
        Assert.StartsWith("One Mail was expected to be sent, and none was. Sent, in order:", Assert.Throws<SentMessagesException>(() => test.Sent.Single<Mail>()).Message, StringComparison.Ordinal);
        Assert.StartsWith("No OrderPlaced that fits was expected to be sent, and 1 was.", Assert.Throws<SentMessagesException>(() => test.Sent.None<OrderPlaced>(static m => m.Body.Number > 0)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => test.Sent.Of<OrderCancelled>());
        await Assert.ThrowsAsync<ArgumentException>(() => sender.SendAsync(new OrderPlaced(1), new() { Delay = TimeSpan.FromHours(1) }));
    }

    [Fact]
    public async Task A_drain_runs_what_was_sent_and_what_that_sends()
    {
        await using ServiceProvider services = Services(static s => s.AddRecordedSender());
        var test = services.GetRequiredService<TestSender>();
        List<int> attempts = [];
        _stock.Placing = async (message, cancel) =>
        {
            attempts.Add(message.Attempt);
            if (message.Attempt < 3)
                return Outcome.Retry();
            await message.Services.GetRequiredService<ISender>().SendAsync(new OrderShipped(message.Body.Number), new() { Group = "7" }, cancel);
            return Outcome.Done;
        };
        await services.GetRequiredService<ISender>().SendAsync(new OrderPlaced(7));
        await services.GetRequiredService<ISender>().SendAllAsync<Mail>([new("a")]);

        IReadOnlyList<HandlerResult> results = await test.DrainAsync();

        Assert.Equal([1, 2, 3], attempts);
        Assert.Equal([7], _stock.Shipped);
        Assert.Equal(["a"], _stock.Mailed);
        Assert.Equal(["orders", "mails", "orders", "orders", "shipments.fifo"], results.Select(static r => r.Queue));
        Assert.Equal("shipments.fifo", results[3].Sent.Single().Queue);
        Assert.Equal(results[0].MessageId, test.Sent[0].Id);
        Assert.Empty(await test.DrainAsync());
        Assert.Equal(5, test.Handled.Count);
    }

    [Fact]
    public async Task A_drain_throws_what_a_handler_throws_or_goes_on_to_the_dead_letters()
    {
        await using ServiceProvider services = Services(static s => s.AddRecordedSender(static o => o.MaxReceives = 2));
        var test = services.GetRequiredService<TestSender>();
        var sender = services.GetRequiredService<ISender>();
        _stock.Placing = static (message, _) => throw (message.Body.Number == 1 ? new TimeoutException("late") : new InvalidOrderException("no such tea"));

        await sender.SendAsync(new OrderPlaced(1));
        await Assert.ThrowsAsync<TimeoutException>(() => test.DrainAsync());
        await sender.SendAsync(new OrderPlaced(1));
        await sender.SendAsync(new OrderPlaced(2));
        IReadOnlyList<HandlerResult> results = await test.DrainAsync(throws: false);

        Assert.Equal([SettlementKind.Retry, SettlementKind.Reject, SettlementKind.Retry], results.Select(static r => r.Settled.Kind));
        Assert.Equal([null, "InvalidOrderException: no such tea"], services.GetRequiredService<TestQueues>().DeadLettersOf("orders").Select(static m => m.RejectReason).Order());
    }

    [Fact]
    public async Task A_drain_without_end_ends()
    {
        await using ServiceProvider services = Services(static s => s.AddRecordedSender());
        _stock.Placing = static async (message, cancel) =>
        {
            await message.Services.GetRequiredService<ISender>().SendAsync(message.Body, cancel: cancel);
            return Outcome.Done;
        };
        await services.GetRequiredService<ISender>().SendAsync(new OrderPlaced(1));

        var tooMany = await Assert.ThrowsAsync<HandlerTestException>(() => services.GetRequiredService<TestSender>().DrainAsync(atMost: 3));

        Assert.StartsWith("After 3 runs there are still messages, the next one order.placed to 'orders': ", tooMany.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inline_a_send_returns_when_its_handlers_have_and_throws_what_they_throw()
    {
        await using ServiceProvider services = Services(static s => s.AddInlineSender());
        var sender = services.GetRequiredService<ISender>();
        var test = services.GetRequiredService<TestSender>();
        _stock.Placing = async (message, cancel) =>
        {
            if (message.Body.Number == 13)
                throw new InvalidOrderException("no such tea");
            // The same group, and the same slots: a handler waits for what it sends.
            await message.Services.GetRequiredService<ISender>().SendAsync(new OrderShipped(message.Body.Number), new() { Group = "7" }, cancel);
            return Outcome.Done;
        };

        string? id = await sender.SendAsync(new OrderPlaced(7), new() { Delay = TimeSpan.FromMinutes(1) });
        Assert.Equal([7], _stock.Shipped);
        await sender.SendAllAsync<Mail>([new("a"), new("b"), new("nobody")]);
        Assert.Equal(["a", "b"], _stock.Mailed);
        await Assert.ThrowsAsync<InvalidOrderException>(() => sender.SendAllAsync<OrderPlaced>([new(13), new(8)]));

        Assert.Equal([7], _stock.Shipped);
        Assert.Equal(["shipments.fifo", "orders", "mails", "mails", "mails", "orders"], test.Handled.Select(static h => h.Queue));
        Assert.Equal(id, test.Handled[1].MessageId);
        Assert.Equal(Outcome.Reject("no address"), test.Handled[4].Outcome);
        Assert.Equal(TimeSpan.FromMinutes(1), test.Sent.Of<OrderPlaced>()[0].Delay);
    }

    [Fact]
    public async Task Inline_without_throwing_a_failure_is_told_only()
    {
        await using ServiceProvider services = Services(static s => s.AddInlineSender(throws: false));
        _stock.Placing = static (_, _) => throw new InvalidOrderException("no such tea");

        await services.GetRequiredService<ISender>().SendAsync(new OrderPlaced(1));

        await Assert.ThrowsAsync<InvalidOperationException>(() => services.GetRequiredService<TestSender>().DrainAsync());
        Assert.IsType<InvalidOrderException>(services.GetRequiredService<TestSender>().Handled.Single().Exception);
    }

    [Fact]
    public async Task What_is_sent_buffered_or_by_a_client_is_recorded_and_run_by_a_drain_but_not_inline()
    {
        _stock.Placing = static async (message, cancel) =>
        {
            if (message.Body.Number == 1)
                await SendAsync(message.Services, 2);
            return Outcome.Done;
        };
        await using ServiceProvider inline = Services(static s => s.AddInlineSender()), recorded = Services(static s => s.AddRecordedSender());

        await inline.GetRequiredService<ISender>().SendAsync(new OrderPlaced(1));
        await SendAsync(inline, 3);
        await SendAsync(recorded, 3);
        await recorded.GetRequiredService<TestSender>().DrainAsync();

        Assert.Equal(5, inline.GetRequiredService<TestSender>().Sent.Count);
        Assert.Single(inline.GetRequiredService<TestSender>().Handled);
        Assert.Equal(2, recorded.GetRequiredService<TestSender>().Handled.Count);

        static async Task SendAsync(IServiceProvider services, int number)
        {
            var buffered = services.GetRequiredService<IBufferedSender>();
            await buffered.EnqueueAsync(new OrderPlaced(number));
            await buffered.FlushAsync();
            var client = services.GetRequiredService<IAmazonSQS>();
            await client.SendMessageAsync(new SendMessageRequest((await client.GetQueueUrlAsync("orders")).QueueUrl, $$"""{"Number":{{number}}}""")
            {
                MessageAttributes = new() { ["zanshin-type"] = new() { DataType = "String", StringValue = "order.placed" } },
            });
        }
    }

    private ServiceProvider Services(Action<IServiceCollection> mode)
    {
        var services = new ServiceCollection();
        services.AddSingleton(_stock).AddZanshin(Shop.Configure);
        mode(services);
        return services.BuildServiceProvider();
    }
}
