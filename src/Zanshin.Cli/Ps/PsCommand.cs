using System.CommandLine;
using Zanshin.Diagnosis.Processes;

namespace Zanshin.Cli.Ps;

/// <summary><c>zanshin ps</c>: the threads of any Linux process, by what they wait for.</summary>
internal static class PsCommand
{
    public static Command Create()
    {
        Argument<int> pid = Observed.AnyProcess();
        var json = new Option<bool>("--json") { Description = "One JSON document a look, each on a line." };
        var every = new Option<TimeSpan?>("--every")
        {
            Description = "Look again so often, until Ctrl+C, and show what has grown: 2s, 1m.",
            HelpName = "TIME",
            CustomParser = Given.Time("--every", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
        };
        var command = new Command("ps", "Count a process's threads by what they wait for, and say whether they look leaked.") { pid, json, every };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(pid), parsed.GetValue(json), parsed.GetValue(every)));
        return command;
    }

    private static async Task<int> RunAsync(int pid, bool json, TimeSpan? every)
    {
        if (!OperatingSystem.IsLinux())
            throw new Refusal("ps reads /proc, which only Linux has. For a .NET process on this system: zanshin trace PID.");
        ProcessLook look = ProcessLook.Take(pid) ?? throw new Refusal($"there is no process {pid}. 'ps aux' lists them.");
        Show(look, null, json);
        if (every is not { } pause)
            return ExitCode.Good;

        using var interrupts = new Interrupts();
        using var timer = new PeriodicTimer(pause, TimeProvider.System);
        while (await NextAsync(timer, interrupts.Token))
        {
            if (ProcessLook.Take(pid) is not { } next)
                throw new Refusal($"process {pid} has ended.");
            Show(next, look, json);
            look = next;
        }
        return ExitCode.Good;
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken cancel)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static void Show(ProcessLook look, ProcessLook? before, bool json) =>
        Console.Write(json ? PsJson.Of(look, before) : PsText.Of(look, before));
}
