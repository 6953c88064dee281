using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zanshin;

namespace WorkHandlers;

public sealed record Order(int Number, string? Note = null);

/// <summary>Found by <c>zanshin work --assembly WorkHandlers.dll</c>: its queue and type stand in the attribute.</summary>
[Handler("orders", Type = "order.placed", TimeLimitSeconds = 30, RetrySeconds = [1, 10, 60])]
public sealed class PlaceOrder(Shop shop) : IHandleDone<Order>
{
    public ValueTask HandleAsync(Message<Order> message, CancellationToken cancel) => shop.NoteAsync($"placed {message.Body.Number}", cancel);
}

[Handler("orders", Type = "order.cancelled")]
public sealed class CancelOrder(Shop shop) : IHandle<Order>
{
    public async ValueTask<Outcome> HandleAsync(Message<Order> message, CancellationToken cancel)
    {
        if (message.Body.Number == 0)
            return Outcome.Reject("there is no order 0");
        await shop.NoteAsync($"cancelled {message.Body.Number}", cancel);
        return Outcome.Done;
    }
}

[Handler("mail")]
public sealed class SendMails(Shop shop) : IHandleBatch<string>
{
    public async ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<string>> batch, CancellationToken cancel)
    {
        foreach (Message<string> message in batch)
            await shop.NoteAsync($"mailed {message.Body}", cancel);
        return Outcome.Done;
    }
}

/// <summary>Called once at start: the services of the handlers, and what else the worker should be.</summary>
public static class WorkerStartup
{
    public static void ConfigureServices(IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(new Shop(configuration["Shop:File"] ?? "shop.txt"));

    public static void Configure(ZanshinBuilder z) => z.Use(async (message, next, cancel) =>
    {
        Outcome outcome = await next(message, cancel);
        await message.Services.GetRequiredService<Shop>().NoteAsync($"{message.Type ?? "no type"}: {outcome}", cancel);
        return outcome;
    });
}

public sealed class Shop(string file) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    public async ValueTask NoteAsync(string line, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            await File.AppendAllTextAsync(file, line + "\n", cancel);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
