// A worker as a container runs it: docs/hosting.md tells what each line does. A body is the number of seconds that its handler takes.
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Zanshin;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
string queue = builder.Configuration["queue"] ?? "orders";
builder.Services.AddZanshin(z =>
{
    z.Queue(queue, q => q.Handle(Body.Text, static async (message, _, cancel) =>
    {
        Console.WriteLine($"begin {message.Body}");
        await Task.Delay(TimeSpan.FromSeconds(double.Parse(message.Body, CultureInfo.InvariantCulture)), TimeProvider.System, cancel);
        Console.WriteLine($"end {message.Body}");
    }));
    z.CreateMissingQueues();
    z.HandleSignals();
    z.ProtectFromScaleIn(static p => p.DropAfter = TimeSpan.FromSeconds(2));
    z.OnStartup(static (_, _) => Tell("startup"));
    z.OnQuiet(static (_, _) => Tell("quiet"));
    z.OnShutdown(static (_, _) => Tell("shutdown"));
    z.OnStopped(static (_, _) => Tell("stopped"));
});
await builder.Build().RunAsync();

static ValueTask Tell(string what)
{
    Console.WriteLine(what);
    return ValueTask.CompletedTask;
}
