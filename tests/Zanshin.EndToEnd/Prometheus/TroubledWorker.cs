using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.EndToEnd.Prometheus;

/// <summary>A worker whose queues are well, until each has a trouble of its own; but for orders.</summary>
internal sealed class TroubledWorker : IAsyncDisposable
{
    public static readonly string[] Queues = ["orders", "paused", "late", "stuck", "failing", "gone"];

    private readonly ServiceProvider _services;

    public TroubledWorker(string endpoint)
    {
        var services = new ServiceCollection();
        services.AddZanshin(z =>
        {
            z.Endpoint = endpoint;
            z.BacklogInterval = TimeSpan.FromSeconds(5);
            z.Timeout = TimeSpan.FromSeconds(6);
            foreach (string name in Queues)
            {
                z.Group(name, g =>
                {
                    g.Concurrency = name == "late" ? 1 : 2;
                    g.Queue(name, q =>
                    {
                        q.WaitTime = TimeSpan.FromSeconds(1);
                        q.StuckAfter = TimeSpan.FromSeconds(name == "stuck" ? 1 : 600);
                        q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
                        q.Handle(Body.Text, (_, _, cancel) => new ValueTask(HandleAsync(name, cancel)));
                    });
                });
            }
        });
        _services = services.BuildServiceProvider();
    }

    private ZanshinWorker Worker => _services.GetRequiredService<ZanshinWorker>();

    public Task StartAsync() => Worker.StartAsync(CancellationToken.None);

    public void MakeTrouble() => Worker.Queue("paused").Pause();

    public int Running(string queue) => Worker.GetStatus().Queues.Single(q => q.Name == queue).Running;

    public string Describe() => string.Join("\n", Worker.GetStatus().Queues);

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static async Task HandleAsync(string queue, CancellationToken cancel)
    {
        switch (queue)
        {
            case "failing":
                throw new TimeoutException("the bank does not answer");
            case "late":
                await Task.Delay(TimeSpan.FromSeconds(0.7), TimeProvider.System, cancel);
                break;
            case "stuck" or "gone":
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
                break;
        }
    }
}
