using System.CommandLine;
using Zanshin.Cli.Trace;
using Zanshin.Tracing;
using Zanshin.Tracing.Watching;

namespace Zanshin.Cli.Watch;

/// <summary><c>zanshin watch PID</c>: a process's figures against the messages it processes, live, and whether they grow.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan TraceTime = TimeSpan.FromSeconds(10);
    private static readonly string[] s_traceable = ["threads", "timers", "tasks"];

    private static readonly Argument<int> Pid = Observed.AnyProcess();

    private static readonly Option<TimeSpan?> Every = new("--every")
    {
        Description = "From one look to the next. A verdict takes 96 looks. Default: 500ms.",
        HelpName = "TIME",
        CustomParser = Given.Time("--every", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
    };

    private static readonly Option<TimeSpan?> For = new("--for")
    {
        Description = "How long to watch. Default: until Ctrl+C.",
        HelpName = "TIME",
        CustomParser = Given.Time("--for", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)),
    };

    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the plots, the verdict and the lines found into one HTML page at the end.",
        HelpName = "FILE.html",
    };

    private static readonly Option<string> Messages = Observed.Messages();

    private static readonly Option<bool> Json = Observed.Json();

    public static Command Create()
    {
        var command = new Command("watch", "Watch a process's threads, timers, async work, heap, memory and descriptors, and say whether they grow.") { Pid, Every, For, Report, Messages, Json };
        command.SetAction(static (parsed, _) => RunAsync(
            parsed.GetValue(Pid), parsed.GetValue(Every) ?? TimeSpan.FromMilliseconds(500), parsed.GetValue(For), parsed.GetValue(Report), parsed.GetValue(Messages)!, parsed.GetValue(Json)));
        return command;
    }

    private static async Task<int> RunAsync(int pid, TimeSpan every, TimeSpan? length, string? report, string messages, bool json)
    {
        if (!OperatingSystem.IsLinux())
            throw new Refusal("watch reads /proc, which only Linux has. For a .NET process on this system: zanshin trace PID.");
        using var interrupts = new Interrupts();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupts.Token);
        using ITimer? timer = length is { } time
            ? TimeProvider.System.CreateTimer(static e => ((CancellationTokenSource)e!).Cancel(), end, time, Timeout.InfiniteTimeSpan)
            : null;
        await using ProcessWatch watch = await ProcessWatch.OpenAsync(pid, messages, every, interrupts.Token);
        // What cannot be written is better known now than after an hour.
        using FileStream? file = report is null ? null : WatchReport.Create(report);
        var view = new WatchView(watch, pid, quiet: json);
        var naming = new Naming(pid, messages, interrupts.Token);
        await view.RunAsync(shown => LookAsync(watch, naming, every, shown, end.Token));
        TraceReport? trace = await naming.EndAsync(watch);
        await watch.EndAsync();
        if (json)
            Console.WriteLine(WatchDocument.Of(pid, watch, trace).ToJson());
        else
            view.Summary(trace);
        if (file is not null)
            await WatchReport.WriteAsync(file, pid, watch, trace);
        return ExitCode.Good;
    }

    private static async Task LookAsync(ProcessWatch watch, Naming naming, TimeSpan every, Action shown, CancellationToken end)
    {
        using var timer = new PeriodicTimer(every, TimeProvider.System);
        try
        {
            do
            {
                if (!watch.Look())
                    return;
                shown();
                if (watch.IsDotNet && WatchWords.Reasons(watch.All).Any(static s => s_traceable.Contains(s.Kind)))
                    naming.Begin();
            }
            while (await timer.WaitForNextTickAsync(end));
        }
        catch (OperationCanceledException)
        {
            // The time is over, or Ctrl+C.
        }
    }

    /// <summary>The trace that names the lines, once something grows. It runs beside the looks, and is awaited at the end.</summary>
    private sealed class Naming(int pid, string messages, CancellationToken stop)
    {
        private Task<TraceReport>? _trace;

        public void Begin() => _trace ??= ThreadTrace.RunAsync(new TraceOptions
        {
            ProcessId = pid,
            Window = TraceTime,
            MessageSource = messages,
            LiveTimers = LiveTimers.ReadAsync,
            Stop = stop,
        });

        public async Task<TraceReport?> EndAsync(ProcessWatch watch)
        {
            try
            {
                return _trace is null ? null : await _trace;
            }
            catch (TraceException exception)
            {
                watch.Note($"the lines that begin it could not be named: {exception.Message}");
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                watch.Note("the lines that begin it could not be named: the trace was ended too early.");
            }
            return null;
        }
    }
}
