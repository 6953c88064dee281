using System.Diagnostics.Metrics;
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

        Assert.Equal([SettlementKind.Retry, SettlementKind.Reject, SettlementKind.Reject], results.Select(static r => r.Settled.Kind));
        Assert.Equal(["InvalidOrderException: no such tea", "not done at attempt 2, receive 2 of 2: TimeoutException: late"], services.GetRequiredService<TestQueues>().DeadLettersOf("orders").Select(static m => m.RejectReason).Order(StringComparer.Ordinal));
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

    [Fact]
    public async Task A_long_delay_is_one_message_with_all_of_its_delay_and_is_not_waited_for()
    {
        await using ServiceProvider recorded = Services(static s => s.AddRecordedSender(), static z => z.CarryLongDelays()),
            inline = Services(static s => s.AddInlineSender(), static z => z.CarryLongDelays());
        List<(int, DateTimeOffset?)> placed = [];
        _stock.Placing = (message, _) =>
        {
            placed.Add((message.Body.Number, message.SentAt));
            return ValueTask.FromResult(Outcome.Done);
        };
        var test = recorded.GetRequiredService<TestSender>();

        await recorded.GetRequiredService<ISender>().SendAsync(new OrderPlaced(1), new() { Delay = TimeSpan.FromHours(3) });
        await inline.GetRequiredService<ISender>().SendAsync(new OrderPlaced(2), new() { Delay = TimeSpan.FromHours(3) });
        HandlerResult result = Assert.Single(await test.DrainAsync());

        Assert.Equal(TimeSpan.FromHours(3), test.Sent.Single<OrderPlaced>().Delay);
        Assert.Equal(SettlementKind.Done, result.Settled.Kind);
        Assert.Empty(result.Sent);
        Assert.Equal([2, 1], placed.Select(static p => p.Item1));
        Assert.Equal(SettlementKind.Done, Assert.Single(inline.GetRequiredService<TestSender>().Handled).Settled.Kind);
    }

    [Fact]
    public async Task A_run_leaves_nothing_on_the_applications_meter_and_raises_none_of_its_events()
    {
        List<string> events = [];
        await using ServiceProvider services = Services(static s => s.AddInlineSender().AddMetrics(), z => z
            .OnStartup((_, _) => Told("startup")).OnDispatch((_, _, _) => Told("dispatch")).OnUtilization((_, _, _) => Told("utilization"))
            .OnShutdown((_, _) => Told("shutdown")).OnStopped((_, _) => Told("stopped")));
        var sender = services.GetRequiredService<ISender>();
        services.GetRequiredService<IBufferedSender>();
        var factory = services.GetRequiredService<IMeterFactory>();
        int instruments = 0;
        using var listener = new MeterListener { InstrumentPublished = (i, _) => instruments += ReferenceEquals(i.Meter.Scope, factory) ? 1 : 0 };
        listener.Start();
        int before = instruments;

        await sender.SendAllAsync<OrderPlaced>([new(1), new(2), new(3)]);

        Assert.Equal(3, services.GetRequiredService<TestSender>().Handled.Count);
        Assert.NotEqual(0, before);
        Assert.Equal(before, instruments);
        Assert.Empty(events);

        ValueTask Told(string name)
        {
            lock (events)
                events.Add(name);
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task What_a_handler_buffers_is_of_its_run_and_is_drained()
    {
        await using ServiceProvider services = Services(static s => s.AddRecordedSender());
        _stock.Placing = static async (message, cancel) =>
        {
            await message.Services.GetRequiredService<IBufferedSender>().EnqueueAsync(new OrderShipped(message.Body.Number), new() { Group = "7" }, cancel);
            return Outcome.Done;
        };
        await services.GetRequiredService<IBufferedSender>().EnqueueAsync(new OrderPlaced(7));

        IReadOnlyList<HandlerResult> results = await services.GetRequiredService<TestSender>().DrainAsync();

        Assert.Equal(["orders", "shipments.fifo"], results.Select(static r => r.Queue));
        Assert.Equal("7", Assert.Single(results[0].Sent).Group);
        Assert.Equal([7], _stock.Shipped);
    }

    [Fact]
    public async Task A_retry_is_left_to_the_next_drain_where_another_handler_throws()
    {
        await using ServiceProvider services = Services(static s => s.AddRecordedSender());
        var test = services.GetRequiredService<TestSender>();
        _stock.Placing = static (message, _) => message.Body.Number == 2 ? throw new TimeoutException("late")
            : ValueTask.FromResult(message.Attempt == 1 ? Outcome.Retry() : Outcome.Done);
        await services.GetRequiredService<ISender>().SendAllAsync<OrderPlaced>([new(1), new(2)]);

        await Assert.ThrowsAsync<TimeoutException>(() => test.DrainAsync());
        HandlerResult again = Assert.Single(await test.DrainAsync());

        Assert.Equal((test.Sent[0].Id, SettlementKind.Done), (again.MessageId, again.Settled.Kind));

        // What is too much for one drain is not lost either; forgetting forgets it.
        await services.GetRequiredService<ISender>().SendAllAsync<OrderPlaced>([new(3), new(4), new(5)]);
        await Assert.ThrowsAsync<HandlerTestException>(() => test.DrainAsync(atMost: 1));
        Assert.Equal(5, (await test.DrainAsync()).Count);
        await services.GetRequiredService<ISender>().SendAsync(new OrderPlaced(6));
        await Assert.ThrowsAsync<HandlerTestException>(() => test.DrainAsync(atMost: 1));
        test.Sent.Clear();
        Assert.Empty(await test.DrainAsync());
    }

    [Fact]
    public async Task What_the_queue_has_is_sent_though_its_answer_is_lost()
    {
        await using ServiceProvider services = Services(static s => s.AddRecordedSender());
        var queues = services.GetRequiredService<TestQueues>();
        var sender = services.GetRequiredService<ISender>();
        SqsFault lost = queues.Faults.On("SendMessageBatch").LoseAnswer();

        await Assert.ThrowsAsync<SendFailedException>(() => sender.SendAsync(new OrderPlaced(1)));

        // Sent five times, and one message all the same.
        Assert.Equal((5, 1), (queues.In("orders").Count, queues.Sent.Of<OrderPlaced>().Count));
        lost.Dispose();
        queues.Faults.On("SendMessageBatch").Times(1).LoseAnswer();
        string? id = await sender.SendAsync(new OrderPlaced(2));
        await sender.SendAsync(new OrderPlaced(2));
        Assert.Equal([1, 2, 2], queues.Sent.Of<OrderPlaced>().Select(static m => m.Body.Number));
        Assert.Equal(id, queues.Sent[1].Id);
        Assert.Equal(3, (await services.GetRequiredService<TestSender>().DrainAsync()).Count);
    }

    private ServiceProvider Services(Action<IServiceCollection> mode, Action<ZanshinBuilder>? more = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton(_stock).AddZanshin(z =>
        {
            Shop.Configure(z);
            more?.Invoke(z);
        });
        mode(services);
        return services.BuildServiceProvider();
    }
}
