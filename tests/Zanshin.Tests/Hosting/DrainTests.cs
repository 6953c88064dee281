using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Zanshin.Hosting;
using Zanshin.Tests.Rig;
using Zanshin.Timing;

namespace Zanshin.Tests.Hosting;

public class DrainTests
{
    [Fact]
    public void A_drain_waits_for_handlers_however_long_they_take() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 3);
        await bench.StartAsync(z => Slow(z, 2, TimeSpan.FromMinutes(20), bench.Time));
        await bench.Until(() => bench.Status.Running == 2);
        Task drained = bench.Worker.DrainAsync();
        await bench.Pass(600);
        Assert.Equal((WorkerState.Stopping, 2), (bench.Worker.GetStatus().State, bench.Status.Running));
        await drained;

        Assert.Equal(2, bench.Status.Done);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        Assert.Equal((WorkerState.Stopped, 0L), (bench.Worker.GetStatus().State, bench.Worker.GetStatus().TasksAlive));
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id is 5 or 52);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stop_or_a_cancelled_token_gives_a_drain_its_deadline(bool byStop) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 1);
        await bench.StartAsync(z => Slow(z, 1, TimeSpan.FromHours(5), bench.Time));
        await bench.Until(() => bench.Status.Running == 1);
        using var limit = new CancellationTokenSource();
        Task drained = bench.Worker.DrainAsync(limit.Token);
        await bench.Pass(1000);
        DateTimeOffset began = bench.Time.GetUtcNow();
        if (byStop)
            await bench.StopAsync();
        else
            Cancel(limit);
        await drained;

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 23, 23.1); // 30 s less 2 s less 5 s
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
        Assert.Single(bench.Log.Lines, static l => l.Id == 52);
    });

    [Fact]
    public void The_hosts_token_hurries_a_drain_too() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 1);
        await bench.StartAsync(z => Slow(z, 1, TimeSpan.FromHours(5), bench.Time));
        await bench.Until(() => bench.Status.Running == 1);
        Task drained = bench.Worker.DrainAsync();
        await bench.Pass(100);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.Worker.StopAsync(new CancellationToken(canceled: true));
        await drained;
        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 0, 0.1);
    });

    [Fact]
    public void A_host_that_is_disposed_without_a_stop_gives_a_drain_by_signal_its_deadline() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 1);
        await bench.StartAsync(z => Slow(z, 1, TimeSpan.FromHours(5), bench.Time));
        await bench.Until(() => bench.Status.Running == 1);
        var host = new Host();
        var signals = new Signals(bench.Worker, host, bench.Services.GetRequiredService<Surroundings>(), NullLogger<ZanshinWorker>.Instance);
        signals.Drain();
        await bench.Pass(1000);
        Assert.Equal((WorkerState.Stopping, false), (bench.Worker.GetStatus().State, host.Stopped));
        DateTimeOffset began = bench.Time.GetUtcNow();
        await signals.DisposeAsync();

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 23, 23.1);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        Assert.Equal((WorkerState.Stopped, true), (bench.Worker.GetStatus().State, host.Stopped));
    });

    [Fact]
    public void A_drain_before_a_start_and_after_a_stop_is_harmless() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(z => Slow(z, 1, TimeSpan.Zero, bench.Time));
        await bench.Worker.DrainAsync();
        await bench.StartAsync(z => Slow(z, 1, TimeSpan.Zero, bench.Time));
        await bench.StopAsync();
        await bench.Worker.DrainAsync();
        Assert.Equal(WorkerState.Stopped, bench.Worker.GetStatus().State);
    });

    // Not CancelAsync, which leaves virtual time.
    private static void Cancel(CancellationTokenSource source) => source.Cancel();

    private static void Slow(ZanshinBuilder z, int concurrency, TimeSpan work, TimeProvider time)
    {
        z.Concurrency = concurrency;
        z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(work, time, cancel)));
    }

    private sealed class Host : IHostApplicationLifetime
    {
        public bool Stopped { get; private set; }

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => Stopped = true;
    }
}
