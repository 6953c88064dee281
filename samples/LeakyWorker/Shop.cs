using Microsoft.Extensions.Hosting;
using Zanshin;

namespace LeakyWorker;

/// <summary>Sends the orders, at an even rate, and ends the process after the given time.</summary>
internal sealed class Shop(ISender sender, Switches switches, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var end = new CancellationTokenSource();
        if (switches.Seconds > 0)
            end.CancelAfter(TimeSpan.FromSeconds(switches.Seconds));
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / switches.PerSecond));
        try
        {
            for (int number = 1; !end.IsCancellationRequested && await timer.WaitForNextTickAsync(stoppingToken); number++)
                await sender.SendAsync($"order {number}", cancel: stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        lifetime.StopApplication();
    }
}
