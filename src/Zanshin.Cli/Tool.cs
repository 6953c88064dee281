using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Zanshin.Cli.Demo;
using Zanshin.Cli.Heap;
using Zanshin.Cli.Local;
using Zanshin.Cli.Ps;
using Zanshin.Cli.Sqs;
using Zanshin.Cli.Trace;
using Zanshin.Cli.Watch;
using Zanshin.Cli.Work;
using Zanshin.LocalQueue.Server;
using Zanshin.Tracing;

namespace Zanshin.Cli;

/// <summary>The commands, and the one place where everything that goes wrong becomes a sentence on stderr and an exit code.</summary>
internal static class Tool
{
    private const string Name = "zanshin";

    private static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "Log what the worker does to stderr, and show where an unexpected error came from.",
        Recursive = true,
    };

    public static ParseResult Parse(string[] args)
    {
        // Not a RootCommand, which takes its name from the file that was started.
        var root = new Command(Name, "Zanshin works Amazon SQS messages and leaves nothing behind.") { new HelpOption(), new VersionOption(), Verbose };
        root.Add(DemoCommand.Create(Verbose));
        root.Add(LocalCommand.Create());
        root.Add(SqsCommand.Create());
        root.Add(PsCommand.Create());
        root.Add(TraceCommand.Create());
        root.Add(HeapCommand.Create());
        root.Add(WatchCommand.Create());
        root.Add(WorkCommand.Create(Verbose));
        root.SetAction(static parsed =>
        {
            new HelpAction().Invoke(parsed);
            return ExitCode.Bad;
        });

        return root.Parse(WorkCommand.Arrange(args));
    }

    public static async Task<int> RunAsync(string[] args)
    {
        ParseResult parsed = Parse(args);
        if (parsed.Errors.Count > 0)
            return Complain(parsed);
        try
        {
            // Signals are the commands' own affair (Interrupts), and so are errors (below).
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception exception) when (exception is Refusal or TraceException or LocalSqsException or ZanshinConfigurationException or SendFailedException)
        {
            return Complain(exception.Message);
        }
        catch (Exception exception)
        {
            return Complain(parsed.GetValue(Verbose)
                ? $"this should not have happened: {exception}"
                : $"this should not have happened: {exception.GetType().Name}: {OneLine(exception.Message)} Add --verbose to see where it came from.");
        }
    }

    private static int Complain(ParseResult parsed)
    {
        foreach (string problem in parsed.Errors.Select(static e => e.Message).Distinct())
            Complain(problem);
        string command = parsed.CommandResult.Command.Name is var name and not Name ? $"{Name} {name}" : Name;
        Console.Error.WriteLine($"'{command} --help' lists the options.");
        return ExitCode.Bad;
    }

    private static int Complain(string sentence)
    {
        Console.Error.WriteLine(Printable.Lines($"{Name}: {sentence}"));
        return ExitCode.Bad;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
