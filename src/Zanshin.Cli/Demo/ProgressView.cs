using Spectre.Console;

namespace Zanshin.Cli.Demo;

/// <summary>A live bar for each phase on a terminal, and nothing where output is redirected or not wanted.</summary>
internal sealed class ProgressView(bool wanted)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly bool _live = wanted && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;

    /// <summary>Shows how far <paramref name="phase"/> is until it has ended, and throws what it threw.</summary>
    public async Task ShowAsync(string what, int total, Func<int> soFar, Task phase)
    {
        if (_live)
        {
            // Refreshed from here, not by a thread of the bar's.
            await AnsiConsole.Progress()
                .AutoRefresh(false)
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new CountColumn(), new ElapsedTimeColumn())
                .StartAsync(async bars =>
                {
                    ProgressTask bar = bars.AddTask(what, maxValue: total);
                    while (!phase.IsCompleted)
                    {
                        bar.Value = soFar();
                        bars.Refresh();
                        await Task.WhenAny(phase, Task.Delay(Between, TimeProvider.System));
                    }
                    bar.Value = soFar();
                    bar.StopTask();
                    bars.Refresh();
                });
        }
        await phase;
    }
}
