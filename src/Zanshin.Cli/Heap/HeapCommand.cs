using System.CommandLine;
using Zanshin.Tracing.Heap;

namespace Zanshin.Cli.Heap;

/// <summary><c>zanshin heap PID</c>: what is on the heap of a live .NET process; with <c>--diff</c> what grows there, and what holds it.</summary>
internal static class HeapCommand
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly Argument<int> Pid = Observed.DotnetProcess();

    private static readonly Option<TimeSpan> Diff = new("--diff")
    {
        Description = "Look five times within that time, and show what grows, for each message, and what holds it.",
        HelpName = "TIME",
        CustomParser = Given.WholeSeconds("--diff", Shortest, Longest),
    };

    private static readonly Option<int> Top = new("--top")
    {
        Description = "How many types to list.",
        HelpName = "N",
        DefaultValueFactory = static _ => 20,
        CustomParser = Given.Number("--top", 1, 10_000),
    };

    private static readonly Option<string> Messages = Observed.Messages();

    private static readonly Option<bool> Json = Observed.Json();

    public static Command Create()
    {
        var command = new Command("heap", "See what is on the heap of a live .NET process, what grows there, and what holds it.") { Pid, Diff, Top, Messages, Json };
        command.SetAction(static (parsed, _) => RunAsync(
            parsed.GetValue(Pid), parsed.GetValue(Diff), parsed.GetValue(Top), parsed.GetValue(Messages)!, parsed.GetValue(Json)));
        return command;
    }

    private static async Task<int> RunAsync(int pid, TimeSpan window, int top, string messages, bool json)
    {
        using var interrupts = new Interrupts();
        if (!json)
            Console.Error.WriteLine(window > TimeSpan.Zero
                ? $"zanshin: looking at the heap of process {pid} five times within {Durations.Text(window)}. Each forces a full garbage collection, during which the process stands still."
                : $"zanshin: looking at the heap of process {pid}. That forces a full garbage collection, during which the process stands still.");
        try
        {
            if (window > TimeSpan.Zero)
            {
                HeapComparison comparison = await new HeapRun(pid, window, messages).RunAsync(interrupts.Token);
                if (json)
                    Console.WriteLine(HeapDocument.Of(pid, comparison, top).ToJson());
                else
                    HeapView.Print(pid, comparison, top);
            }
            else
            {
                HeapSnapshot snapshot = await HeapLook.TakeAsync(pid, withGraph: false, interrupts.Token);
                if (json)
                    Console.WriteLine(HeapDocument.Of(pid, snapshot, top).ToJson());
                else
                    HeapView.Print(pid, snapshot, top);
            }
            return ExitCode.Good;
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }
}
