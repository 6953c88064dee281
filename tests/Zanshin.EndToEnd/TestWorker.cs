using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.EndToEnd;

/// <summary>A worker in the test's own process, that notes every run it finishes.</summary>
internal sealed class TestWorker : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public TestWorker(string endpoint, string queue, int concurrency, TimeSpan work)
    {
        var services = new ServiceCollection();
        services.AddZanshin(z =>
        {
            z.Endpoint = endpoint;
            z.Concurrency = concurrency;
            z.Queue(queue, q =>
            {
                q.WaitTime = TimeSpan.FromSeconds(1);
                q.Handle(Body.Text, async (message, _, cancel) =>
                {
                    await Task.Delay(work, TimeProvider.System, cancel);
                    Runs.Add((message.Body, message.Attempt));
                });
            });
        });
        _services = services.BuildServiceProvider();
    }

    public ConcurrentBag<(string Body, int Attempt)> Runs { get; } = [];

    public WorkerStatus Status => Worker.GetStatus();

    public HashSet<string> Bodies => [.. Runs.Select(static r => r.Body)];

    private ZanshinWorker Worker => _services.GetRequiredService<ZanshinWorker>();

    public Task StartAsync() => Worker.StartAsync(CancellationToken.None);

    public Task StopAsync() => Worker.StopAsync(CancellationToken.None);

    public string Describe() => $"{Runs.Count} runs; {Status}; {string.Join("; ", Status.Queues)}";

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
