using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Testing.Tests.Handlers;

/// <summary>A small application, as a user would have it.</summary>
internal static class Shop
{
    public static void Configure(ZanshinBuilder z)
    {
        z.Use<Tenants>();
        z.Queue("orders", q =>
        {
            q.Handle<OrderPlaced, PlaceOrder>("order.placed", ShopJson.Default.OrderPlaced);
            q.Handle<OrderCancelled>("order.cancelled", ShopJson.Default.OrderCancelled, (_, _, _) => ValueTask.FromResult(Outcome.Done));
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(70)));
            q.RejectOn<InvalidOrderException>();
            q.TimeLimit = TimeSpan.FromHours(1);
        });
        z.Queue("shipments.fifo", q => q.Handle<OrderShipped>("order.shipped", ShopJson.Default.OrderShipped, (message, services, _) =>
        {
            // Groups run side by side.
            List<int> shipped = services.GetRequiredService<Stock>().Shipped;
            lock (shipped)
                shipped.Add(message.Body.Number);
            return ValueTask.FromResult(Outcome.Done);
        }));
        z.Queue("mails", q => q.HandleBatch<Mail, SendMails>(ShopJson.Default.Mail, max: 30, gather: TimeSpan.FromSeconds(2)));
        z.Route<OrderPlaced>("orders", "order.placed", ShopJson.Default.OrderPlaced);
        z.Route<OrderShipped>("shipments.fifo", "order.shipped", ShopJson.Default.OrderShipped);
        z.Route<Mail>("mails", null, ShopJson.Default.Mail);
    }
}

internal sealed record OrderPlaced(int Number, string What = "tea");

internal sealed record OrderCancelled(int Number);

internal sealed record OrderShipped(int Number);

internal sealed record Mail(string To);

internal sealed class InvalidOrderException(string message) : Exception(message);

/// <summary>What tests put in place of a database.</summary>
internal sealed class Stock
{
    public Func<Message<OrderPlaced>, CancellationToken, ValueTask<Outcome>> Placing { get; set; } = static (_, _) => ValueTask.FromResult(Outcome.Done);

    public List<int> Shipped { get; } = [];

    public string? Tenant { get; set; }

    public List<string> Mailed { get; } = [];
}

internal sealed class PlaceOrder(Stock stock) : IHandle<OrderPlaced>
{
    public ValueTask<Outcome> HandleAsync(Message<OrderPlaced> message, CancellationToken cancel) => stock.Placing(message, cancel);
}

internal sealed class SendMails(Stock stock) : IHandleBatch<Mail>
{
    public ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<Mail>> batch, CancellationToken cancel)
    {
        var outcome = new BatchOutcome();
        foreach (Message<Mail> mail in batch)
        {
            if (mail.Body.To == "nobody")
                outcome[mail] = Outcome.Reject("no address");
            else if (mail.Body.To == "fire")
                throw new InvalidOperationException("the mail server burns");
            else
                stock.Mailed.Add(mail.Body.To);
        }
        return ValueTask.FromResult(outcome);
    }
}

internal sealed class Tenants(Stock stock) : IMiddleware
{
    public ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel)
    {
        stock.Tenant = message.Attributes.TryGetValue("tenant", out var tenant) ? tenant.StringValue : null;
        return stock.Tenant == "banned" ? ValueTask.FromResult(Outcome.Reject("banned")) : next(message, cancel);
    }
}

[JsonSerializable(typeof(OrderPlaced))]
[JsonSerializable(typeof(OrderCancelled))]
[JsonSerializable(typeof(OrderShipped))]
[JsonSerializable(typeof(Mail))]
internal sealed partial class ShopJson : JsonSerializerContext;
