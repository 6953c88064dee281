using System.Text.Json;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Handling;

public class BodyTests
{
    [Fact]
    public void Json_by_reflection_is_in_camel_case_or_as_the_options_say() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("web"), snakes = await bench.QueueAsync("snakes");
        List<Parcel> got = [];
        BodyReader<Parcel> snake = Body.Json<Parcel>(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
        await bench.StartAsync(z =>
        {
            z.Route("web", null, Body.Json<Parcel>());
            z.Queue("web", q => q.Handle(Body.Json<Parcel>(), Take));
            z.Queue("snakes", q => q.Handle(snake, Take));
        });
        await bench.Sender.SendAsync(new Parcel(7, "Ada"));
        await bench.SendAsync(url, """{"ORDERNUMBER":8,"to":"Bob"}""");
        await bench.SendAsync(snakes, """{"order_number":9,"to":"Eve"}""");
        await bench.Until(() => got.Count == 3);
        Assert.Equal([new(7, "Ada"), new(8, "Bob"), new(9, "Eve")], got.OrderBy(static p => p.OrderNumber));
        Assert.Equal("""{"orderNumber":7,"to":"Ada"}""", Body.Json<Parcel>().Write(new(7, "Ada")));

        ValueTask Take(Message<Parcel> message, IServiceProvider services, CancellationToken cancel)
        {
            got.Add(message.Body);
            return ValueTask.CompletedTask;
        }
    });

    private sealed record Parcel(int OrderNumber, string To);
}
