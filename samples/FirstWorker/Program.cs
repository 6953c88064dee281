// The worker of the README; a test keeps the two equal. How to run it stands there.
// <snippet>
using System.Text.Json.Serialization;
using Microsoft.Extensions.Hosting;
using Zanshin;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddZanshin(z => z.Queue("orders", q => q.Handle<Order, ShipOrder>(Json.Default.Order)));
await builder.Build().RunAsync();

sealed record Order(int Number);

sealed class ShipOrder : IHandleDone<Order>
{
    public async ValueTask HandleAsync(Message<Order> message, CancellationToken cancel) =>
        await Console.Out.WriteLineAsync($"order {message.Body.Number}, attempt {message.Attempt}");
}

[JsonSerializable(typeof(Order))]
sealed partial class Json : JsonSerializerContext;
// </snippet>
