using Spectre.Console;
using Zanshin.Cli.Demo;

namespace Zanshin.Cli.Sqs;

/// <summary>A live bar on stderr where that is a terminal, so that stdout stays the result; nothing elsewhere.</summary>
internal static class Bar
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    /// <summary>Shows how far <paramref name="run"/> is until it has ended; gives what it gave and throws what it threw.</summary>
    /// <param name="total">As far as is known.</param>
    public static async Task<T> ShowAsync<T>(string what, long total, Func<long> soFar, Task<T> run)
    {
        if (!Console.IsErrorRedirected && total > 0)
            await DrawAsync(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }), what, total, soFar, run);
        return await run;
    }

    /// <summary>Until the run has ended, or the terminal takes no more: the run goes on without a bar then. Throws nothing.</summary>
    internal static async Task DrawAsync(IAnsiConsole console, string what, long total, Func<long> soFar, Task run)
    {
        try
        {
            // Refreshed from here, not by a thread of the bar's.
            await console.Progress()
                .AutoRefresh(false)
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new CountColumn(), new ElapsedTimeColumn())
                .StartAsync(async bars =>
                {
                    ProgressTask bar = bars.AddTask(Markup.Escape(what), maxValue: total);
                    while (!run.IsCompleted)
                    {
                        Show(bar, soFar());
                        bars.Refresh();
                        await Task.WhenAny(run, Task.Delay(Between, TimeProvider.System));
                    }
                    Show(bar, soFar());
                    bar.StopTask();
                    bars.Refresh();
                });
        }
        catch (Exception)
        {
            // It has been hung up, say: the run is what matters.
        }
    }

    // Counts are estimates, and more may come meanwhile.
    private static void Show(ProgressTask bar, long soFar)
    {
        bar.MaxValue = Math.Max(bar.MaxValue, soFar);
        bar.Value = soFar;
    }
}
