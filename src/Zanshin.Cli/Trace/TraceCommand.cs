using System.CommandLine;
using Zanshin.Tracing;
using Zanshin.Tracing.Sessions;

namespace Zanshin.Cli.Trace;

/// <summary><c>zanshin trace PID</c>: follows what a live .NET process begins, and names the lines whose begins do not end.</summary>
internal static class TraceCommand
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly Argument<int> Pid = Observed.DotnetProcess();

    private static readonly Option<TimeSpan> For = new("--for")
    {
        Description = "How long to listen; longer than what the process begins usually lives. Ctrl+C reports early.",
        HelpName = "TIME",
        DefaultValueFactory = static _ => TimeSpan.FromSeconds(30),
        CustomParser = Given.WholeSeconds("--for", Shortest, Longest),
    };

    private static readonly Option<bool> Follow = new("--follow") { Description = "Print each begin and end as it happens." };

    private static readonly Option<string> Messages = Observed.Messages();

    private static readonly Option<bool> Inject = new("--inject")
    {
        Description = "Load an agent into the process that tells its timers, where its memory may not be read. It stays there until the process ends.",
    };

    private static readonly Option<bool> Json = Observed.Json();

    public static Command Create()
    {
        var command = new Command("trace", "Find what a live .NET process begins and does not end, and the line that begins it.") { Pid, For, Follow, Messages, Inject, Json };
        command.Validators.Add(static given =>
        {
            if (given.GetResult(Follow) is { Implicit: false } && given.GetResult(Json) is { Implicit: false })
                given.AddError("--follow prints as it goes, and --json one document at the end: give one of them.");
        });
        command.SetAction(static (parsed, _) => RunAsync(
            parsed.GetValue(Pid), parsed.GetValue(For), parsed.GetValue(Follow), parsed.GetValue(Messages)!, parsed.GetValue(Inject), parsed.GetValue(Json)));
        return command;
    }

    private static async Task<int> RunAsync(int pid, TimeSpan window, bool follow, string messages, bool inject, bool json)
    {
        using var interrupts = new Interrupts();
        Func<int, Task<IReadOnlySet<int>>> timers = LiveTimers.ReadAsync;
        if (inject)
        {
            timers = (await AgentTimers.LoadAsync(pid)).ReadAsync;
            Console.Error.WriteLine($"zanshin: an agent was loaded into process {pid}. It does nothing but tell its timers when it is asked, and stays there until the process ends.");
        }
        TraceReport report;
        try
        {
            report = await ThreadTrace.RunAsync(new TraceOptions
            {
                ProcessId = pid,
                Window = window,
                MessageSource = messages,
                LiveTimers = timers,
                Listening = json ? null : () => Console.Error.WriteLine($"zanshin: listening to process {pid} for {Durations.Text(window)}. Ctrl+C reports what was seen until then."),
                Follow = follow ? FollowLine.Print : null,
                Stop = interrupts.Token,
            });
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            Console.Error.WriteLine($"zanshin: ended before process {pid} was listened to: there is nothing to report.");
            return ExitCode.Interrupted;
        }
        if (json)
            Console.WriteLine(TraceDocument.Of(report).ToJson());
        else
            TraceView.Print(report);
        return ExitCode.Good;
    }
}
