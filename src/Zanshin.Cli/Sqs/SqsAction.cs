using System.CommandLine;

namespace Zanshin.Cli.Sqs;

/// <summary>How the commands run: with the options that say which SQS, and Ctrl+C as an ordinary end.</summary>
internal static class SqsAction
{
    public static Command Set(Command command, Func<ParseResult, SqsPlace, Task<int>> run)
    {
        SqsPlace.AddTo(command);
        command.SetAction((parsed, _) => run(parsed, SqsPlace.Of(parsed)));
        return command;
    }

    /// <summary>Says what went wrong on stderr, and gives the exit code.</summary>
    public static int End(IEnumerable<string> problems, bool interrupted)
    {
        bool any = false;
        foreach (string problem in problems)
        {
            Console.Error.WriteLine(Printable.Line($"zanshin: {problem}"));
            any = true;
        }
        return interrupted ? ExitCode.Interrupted : any ? ExitCode.Bad : ExitCode.Good;
    }

    /// <summary>Runs what Ctrl+C ends where it stands.</summary>
    public static async Task<int> InterruptibleAsync(Func<CancellationToken, Task<int>> run)
    {
        using var interrupts = new Interrupts(secondEnds: true);
        try
        {
            return await run(interrupts.Token);
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }
}
