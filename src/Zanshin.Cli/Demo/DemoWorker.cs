using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Zanshin.Cli.Demo;

/// <summary>A worker on the demo's queue, set up as an application would.</summary>
internal sealed class DemoWorker : IAsyncDisposable
{
    // The embedded queue notices that a receive was abandoned, whatever the visibility timeout.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly ServiceProvider _services;
    private readonly ZanshinWorker _worker;

    public DemoWorker(string endpoint, string queue, DemoOptions options, Load load, Work work, ILoggerProvider log)
    {
        var services = new ServiceCollection();
        services.AddLogging(l => l.AddProvider(log));
        services.AddZanshin(z =>
        {
            z.Endpoint = endpoint;
            z.Concurrency = options.Concurrency;
            z.ReceiveGrace = Grace;
            z.Route(queue, type: null, Letter.AsIs);
            z.Queue(queue, q =>
            {
                q.Visibility = options.Visibility;
                q.Reject = RejectPolicy.Redrive;
                load.Handle(q, work);
            });
        });
        _services = services.BuildServiceProvider();
        _worker = _services.GetRequiredService<ZanshinWorker>();
    }

    public WorkerStatus Status => _worker.GetStatus();

    public Task SendAsync(IEnumerable<Letter> letters, CancellationToken cancel) =>
        _services.GetRequiredService<ISender>().SendAllAsync(
            letters, static l => new SendOptions { Attributes = new Dictionary<string, string> { ["zanshin-type"] = l.Type } }, cancel);

    public Task StartAsync(CancellationToken cancel) => _worker.StartAsync(cancel);

    public Task StopAsync() => _worker.StopAsync(CancellationToken.None);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
