using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Testing.Tests.Handlers;

public class HandlerTestTests
{
    private readonly Stock _stock = new();

    private HandlerCase InTheShop => HandlerTest.For(Shop.Configure).Services(s => s.AddSingleton(_stock));

    [Fact]
    public async Task A_handler_class_runs_to_its_outcome()
    {
        _stock.Placing = (message, _) => ValueTask.FromResult(message.Attempt > 3 ? Outcome.Reject($"no stock for {message.Body.What}") : Outcome.Retry());

        Outcome fourth = await HandlerTest.RunAsync<PlaceOrder, OrderPlaced>(new(7), receiveCount: 4, services: s => s.AddSingleton(_stock));
        HandlerResult third = await HandlerTest.RunAsync<PlaceOrder, OrderPlaced>(new(7), ShopJson.Default.OrderPlaced, receiveCount: 3, s => s.AddSingleton(_stock));

        Assert.Equal(Outcome.Reject("no stock for tea"), fourth);
        Assert.Equal(Outcome.Retry(), third.Outcome);
        Assert.Equal(SettlementKind.Retry, third.Settled.Kind);
    }

    [Fact]
    public async Task The_applications_own_setup_chooses_the_handler_by_type_and_decides()
    {
        _stock.Placing = (_, _) => ValueTask.FromResult(Outcome.Retry());

        HandlerResult first = await InTheShop.RunAsync(new OrderPlaced(1));
        HandlerResult second = await InTheShop.ReceiveCount(2).RunAsync(new OrderPlaced(1));
        HandlerResult cancelled = await InTheShop.RunAsync(new OrderCancelled(1));

        Assert.Equal("orders", first.Queue);
        Assert.Equal(TimeSpan.FromSeconds(7), first.Settled.Delay);
        Assert.Equal(TimeSpan.FromSeconds(70), second.Settled.Delay);
        Assert.Equal(SettlementKind.Done, cancelled.Settled.Kind);
    }

    [Fact]
    public async Task Middleware_sees_the_attributes_and_may_decide_alone()
    {
        bool placed = false;
        _stock.Placing = (_, _) => ValueTask.FromResult((placed = true, Outcome.Done).Done);

        HandlerResult result = await InTheShop.Attribute("tenant", "banned").RunAsync(new OrderPlaced(1));

        Assert.False(placed);
        Assert.Equal("banned", _stock.Tenant);
        Assert.Equal(Outcome.Reject("banned"), (Outcome)result);
        Assert.Equal(SettlementKind.Reject, result.Settled.Kind);
        Assert.Equal("banned", result.Settled.Reason);
    }

    [Fact]
    public async Task An_exception_is_kept_with_what_the_queue_makes_of_it()
    {
        _stock.Placing = (_, _) => throw new TimeoutException("the database");
        HandlerResult retried = await InTheShop.RunAsync(new OrderPlaced(1));
        _stock.Placing = (_, _) => throw new InvalidOrderException("no such tea");
        HandlerResult rejected = await InTheShop.RunAsync(new OrderPlaced(1));

        Assert.IsType<TimeoutException>(retried.Exception);
        Assert.Null(retried.Outcome);
        Assert.Equal("Retry after 00:00:07", retried.Settled.ToString());
        Assert.Equal("Reject: InvalidOrderException: no such tea", rejected.Settled.ToString());
        Assert.Throws<TimeoutException>(() => (Outcome)retried);
    }

    [Fact]
    public async Task What_the_handler_sends_is_recorded_and_not_delivered()
    {
        HandlerResult result = await HandlerTest.For(z =>
        {
            Shop.Configure(z);
            z.Queue("relay", q => q.Handle(Body.Text, static async (_, services, cancel) =>
            {
                var sender = services.GetRequiredService<ISender>();
                await sender.SendAsync(new OrderShipped(7), new() { Group = "7" }, cancel);
                await sender.SendAllAsync<Mail>([new("a"), new("b")], static m => m.To == "b" ? new() { Delay = TimeSpan.FromSeconds(5) } : null, cancel);
            }));
        }).Services(s => s.AddSingleton(_stock)).Queue("relay").RunTextAsync("go");

        Assert.Null(result.Exception);
        Assert.Equal(["shipments.fifo", "mails", "mails"], result.Sent.Select(static m => m.Queue));
        Assert.Equal("7", result.Sent[0].Group);
        Assert.Equal("""{"Number":7}""", result.Sent[0].Text);
        Assert.Equal("order.shipped", result.Sent[0].Type);
        Assert.Equal(TimeSpan.FromSeconds(5), result.Sent[2].Delay);
        Assert.Empty(_stock.Shipped);
        Assert.Empty(_stock.Mailed);
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_is_rejected()
    {
        HandlerResult text = await InTheShop.Queue("orders").Type("order.placed").RunTextAsync("no json");
        HandlerResult unknown = await InTheShop.Type("order.lost").RunAsync(new OrderPlaced(1));

        Assert.IsType<UnreadableMessageException>(text.Exception);
        Assert.Equal("Reject: The body cannot be read as OrderPlaced (JsonException at line 1, byte 2).", text.Settled.ToString());
        Assert.Equal("Reject: No handler of the queue has the type name 'order.lost'.", unknown.Settled.ToString());
    }

    [Fact]
    public async Task The_message_has_the_facts_it_was_given()
    {
        Message<OrderPlaced>? seen = null;
        (string? Group, DateTimeOffset SentAt, string? Trace, string? First, string? Id) facts = default;
        _stock.Placing = (message, _) =>
        {
            seen = message;
            facts = (message.Group, message.SentAt, message.SystemAttributes.GetValueOrDefault("AWSTraceHeader"),
                message.SystemAttributes.GetValueOrDefault("ApproximateFirstReceiveTimestamp"), message.Id);
            return ValueTask.FromResult(Outcome.Done);
        };

        HandlerResult result = await InTheShop.Group("customer-7").ReceiveCount(3).SystemAttribute("SentTimestamp", "86400000")
            .SystemAttribute("AWSTraceHeader", "Root=1-5759e988-bd862e3fe1be46a994272793").SystemAttribute("ApproximateFirstReceiveTimestamp", "86400001").RunAsync(new OrderPlaced(9));

        Assert.Equal(9, seen!.Body.Number);
        Assert.Equal(3, seen.Attempt);
        Assert.Equal(("customer-7", DateTimeOffset.UnixEpoch.AddDays(1), "Root=1-5759e988-bd862e3fe1be46a994272793", "86400001", result.MessageId), facts);
    }

    [Fact]
    public async Task Extensions_that_the_handler_asks_for_are_told()
    {
        _stock.Placing = async (message, cancel) =>
        {
            await message.Lease.ExtendAsync(TimeSpan.FromMinutes(5), cancel);
            return message.Lease.Left > TimeSpan.FromMinutes(4) ? Outcome.Done : Outcome.Retry();
        };

        HandlerResult result = await InTheShop.RunAsync(new OrderPlaced(1));

        Assert.Equal(Outcome.Done, result.Outcome);
        Assert.Equal([TimeSpan.FromMinutes(5)], result.Extensions);
    }

    [Fact]
    public async Task Real_asynchronous_work_is_awaited()
    {
        string file = Path.GetTempFileName();
        _stock.Placing = async (_, cancel) =>
        {
            await File.WriteAllTextAsync(file, "placed", cancel).ConfigureAwait(false);
            await Task.Yield();
            return Outcome.Done;
        };

        Outcome outcome = await InTheShop.RunAsync(new OrderPlaced(1));

        Assert.Equal(Outcome.Done, outcome);
        Assert.Equal("placed", await File.ReadAllTextAsync(file));
        File.Delete(file);
    }

    [Fact]
    public async Task On_a_fifo_queue_a_case_ends_with_its_first_run()
    {
        int runs = 0;
        HandlerResult result = await HandlerTest.For(z => z.Queue("lanes.fifo", q => q.Handle(Body.Text, (message, _, _) =>
            ValueTask.FromResult(++runs == 1 && message.Group == "test" ? Outcome.Retry(TimeSpan.FromSeconds(1)) : Outcome.Done)))).RunTextAsync("x");

        Assert.Equal("Retry after 00:00:01", result.Settled.ToString());
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task What_a_user_may_get_wrong_is_told_in_a_sentence()
    {
        await Says(() => InTheShop.RunAsync("text"), "The set-up has no handler for String: its queues are 'orders', 'shipments.fifo', 'mails'.");
        await Says(() => InTheShop.Queue("order").RunAsync(new OrderPlaced(1)), "The set-up works no queue 'order': it has 'orders', 'shipments.fifo', 'mails'.");
        await Says(() => InTheShop.RunAsync(new Mail("a")), "The set-up has no handler for Mail: its queues are 'orders', 'shipments.fifo', 'mails'. It has a batch handler: say RunBatchAsync.");
        await Says(() => InTheShop.RunTextAsync("x"), "The set-up works 3 queues ('orders', 'shipments.fifo', 'mails'): say which one a text is in with Queue(\"...\").");
        await Says(() => InTheShop.Queue("mails").RunTextAsync("x"), "'mails' has a batch handler: say RunTextBatchAsync.");
        await Says(() => InTheShop.RunBatchAsync(Enumerable.Range(0, 31).Select(static i => new Mail($"{i}"))), "31 messages are no single batch of 'mails', whose max is 30.");
        await Says(() => InTheShop.Group("no spaces please").RunAsync(new OrderPlaced(1)), "SQS would not take this message for 'orders': ");
        await Says(() => HandlerTest.For(static z =>
        {
            z.Queue("a", static q => q.Handle(Body.Text, static (_, _, _) => default(ValueTask)));
            z.Queue("b", static q => q.Handle("t", Body.Text, static (_, _, _) => default(ValueTask)));
        }).RunAsync("x"), "The set-up has 2 handlers for String: 'a', 'b' (type t). Say which with Queue(\"...\") or Type(\"...\").");
        await Assert.ThrowsAsync<ZanshinConfigurationException>(() => HandlerTest.For<PlaceOrder, OrderPlaced>(ShopJson.Default.OrderPlaced, q => q.WaitTime = TimeSpan.FromHours(1))
            .RunAsync(new OrderPlaced(1)));
        Assert.Throws<ArgumentException>(() => InTheShop.SystemAttribute("SentTimestamp", "yesterday"));
        Assert.Throws<ArgumentException>(() => InTheShop.SystemAttribute("Sent", "1"));

        static async Task Says(Func<Task> run, string what) =>
            Assert.StartsWith(what, (await Assert.ThrowsAsync<HandlerTestException>(run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_service_is_an_exception_as_in_production()
    {
        HandlerResult result = await HandlerTest.For<PlaceOrder, OrderPlaced>().RunAsync(new OrderPlaced(1));

        Assert.Contains("Stock", Assert.IsType<InvalidOperationException>(result.Exception).Message, StringComparison.Ordinal);
        Assert.Equal(SettlementKind.Retry, result.Settled.Kind);
    }

    [Fact]
    public async Task A_handler_that_does_not_end_is_named_and_the_test_goes_on()
    {
        _stock.Placing = async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, cancel);
            return Outcome.Done;
        };

        var late = await Assert.ThrowsAsync<HandlerTestException>(() => InTheShop.Timeout(TimeSpan.FromMilliseconds(200)).RunAsync(new OrderPlaced(1)));

        Assert.StartsWith("The handler has not ended within 00:00:00.2000000: it is in PlaceOrder.", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_cancels_it_and_the_message_goes_back()
    {
        CancelReason seen = default;
        _stock.Placing = async (message, cancel) =>
        {
            try
            {
                await Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, cancel);
            }
            finally
            {
                seen = message.Cancelled;
            }
            return Outcome.Done;
        };

        HandlerResult result = await InTheShop.StopAfter(TimeSpan.FromMilliseconds(50)).RunAsync(new OrderPlaced(1));

        Assert.Equal(CancelReason.Stopping, seen);
        Assert.Equal(CancelReason.Stopping, result.Cancelled);
        Assert.IsType<OperationCanceledException>(result.Exception, exactMatch: false);
        Assert.Equal(SettlementKind.Returned, result.Settled.Kind);
    }

    [Fact]
    public async Task A_lost_lease_cancels_it_and_nothing_is_settled()
    {
        _stock.Placing = static async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, cancel);
            return Outcome.Done;
        };

        HandlerResult result = await InTheShop.LoseLeaseAfter(TimeSpan.FromMilliseconds(50)).RunAsync(new OrderPlaced(1));

        Assert.Equal(CancelReason.LeaseLost, result.Cancelled);
        Assert.Equal(SettlementKind.None, result.Settled.Kind);
    }
}
