// A worker with a bug of one's choice, for trying the leak doctor on: docs/the-leak.md walks through it.
using Amazon.SQS;
using LeakyWorker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zanshin;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Tracing;

if (Switches.Read(args) is not { } switches)
    return 1;

using var sqs = new LocalSqs(new LocalSqsOptions());
using AmazonSQSClient client = LocalSqsClient.Create(sqs);
string url = (await client.CreateQueueAsync("orders")).QueueUrl;

HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddSingleton<IAmazonSQS>(client);
builder.Services.AddSingleton(switches);
builder.Services.AddSingleton<Bug>(services => switches.Make(services));
builder.Services.AddHostedService<Shop>();
builder.Services.AddZanshin(z =>
{
    z.Concurrency = 10;
    z.Queue("orders", static q =>
    {
        q.Handle<string, ShipOrder>(Body.Text);
    });
    z.Route("orders", null, Body.Text);
});
if (switches.Watch)
{
    // Looks ten times as often as by default, so that a finding takes some seconds instead of minutes.
    builder.Services.AddLeakWatch(static watch =>
    {
        (watch.Every, watch.Linger) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));
        (watch.ListenEvery, watch.ListenFor) = (TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(1));
        watch.CollectEvery = TimeSpan.FromSeconds(1);
        watch.UseTracing();
    });
}
using IHost host = builder.Build();
await host.StartAsync();
Console.WriteLine($"LeakyWorker {switches}: process {Environment.ProcessId}, {switches.PerSecond} messages a second. Ctrl+C ends it.");
await host.WaitForShutdownAsync();
return 0;
