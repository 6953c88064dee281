using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Zanshin.Cli.Sqs;
using Zanshin.Cli.Work.Assemblies;
using Zanshin.Cli.Work.Exec;
using Zanshin.Cli.Work.Lines;
using Zanshin.Cli.Work.Post;

namespace Zanshin.Cli.Work;

/// <summary><c>zanshin work</c>: its options, and which source of handlers they choose.</summary>
internal static class WorkCommand
{
    private const string Name = "work";
    private const string ExecName = "--exec";
    private const string ExecLinesName = "--exec-lines";

    private static readonly TimeSpan Most = TimeSpan.FromHours(12);

    private static readonly Option<WorkedQueue[]> Queues = new("--queue", "--queues", "-q")
    {
        Description = "A queue to work: its name, URL or ARN, and a weight where it should be asked more often than others.",
        HelpName = "NAME,WEIGHT",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = WorkedQueue.Read,
    };

    private static readonly Option<Uri?> Post = new("--post")
    {
        Description = "Each message is an HTTP POST to this URL: 2xx is done, 429 and 503 with Retry-After are retried after it, other 4xx that are about the message are rejected, all else is retried.",
        HelpName = "URL",
        CustomParser = static given => ReadPost(given),
    };

    private static readonly Option<MediaTypeHeaderValue?> ContentType = new("--content-type")
    {
        Description = "With --post: the Content-Type of messages that have no attribute 'content-type'. Default: text/plain; charset=utf-8.",
        HelpName = "TYPE",
        CustomParser = static given => ReadContentType(given),
    };

    private static readonly Option<bool> Exec = new(ExecName)
    {
        Description = "Each message is a process of its own, with the body on stdin: exit code 0 is done, 75 is retried, 64 and 65 are rejected, all else is retried. The command comes last, with its arguments.",
        Arity = ArgumentArity.Zero,
    };

    private static readonly Option<bool> ExecLines = new(ExecLinesName)
    {
        Description = "Processes that live long take messages as lines of JSON on stdin, and answer each with a line of JSON on stdout. The command comes last, with its arguments.",
        Arity = ArgumentArity.Zero,
    };

    private static readonly Option<string?> Assembly = new("--assembly")
    {
        Description = "The handler classes in this assembly, those with a [Handler(\"queue\")], and its WorkerStartup.",
        HelpName = "FILE.dll",
    };

    private static readonly Option<int[]?> RejectOn = new("--reject-on")
    {
        Description = "With --exec: the exit codes that reject a message, instead of 64 and 65; 'none' for none.",
        HelpName = "CODES",
        CustomParser = static given => ReadCodes(given),
    };

    private static readonly Argument<string[]> Command = new("COMMAND") { Description = "With --exec or --exec-lines: the command and its arguments.", Arity = ArgumentArity.ZeroOrMore };

    private static readonly Option<int?> Concurrency = new("--concurrency", "-c")
    {
        Description = "How many messages are handled at once. Default: 10.",
        HelpName = "N",
        CustomParser = static given => Given.Number("--concurrency", 1, 10_000)(given),
    };

    private static readonly Option<FileInfo?> Config = new("--config", "-C") { Description = "A JSON file in the shape of appsettings.json, with a section \"Zanshin\". What is given here goes over it.", HelpName = "FILE.json" };

    private static readonly Option<string?> Group = new("--group") { Description = "Of the configuration's groups of queues only this one.", HelpName = "NAME" };

    private static readonly Option<TimeSpan?> Delay = new("--delay", "-D")
    {
        Description = "How long a queue that was found empty is left alone. Default: 0, a long poll stays open.",
        HelpName = "TIME",
        CustomParser = Given.Seconds("--delay", TimeSpan.Zero, TimeSpan.FromMinutes(15)),
    };

    private static readonly Option<TimeSpan?> StopTimeout = new("--timeout", "-t")
    {
        Description = "How long a stop may take: the messages that are not done by then are given back. Default: 30s.",
        HelpName = "TIME",
        CustomParser = Given.Seconds("--timeout", TimeSpan.FromSeconds(1), Most),
    };

    private static readonly Option<TimeSpan?> TimeLimit = new("--time-limit")
    {
        Description = "How long one message may take before it is stopped and retried. Default: 5m with --post, none otherwise.",
        HelpName = "TIME",
        CustomParser = Given.Seconds("--time-limit", TimeSpan.FromSeconds(1), Most),
    };

    private static readonly Option<TimeSpan?> Visibility = new("--visibility")
    {
        Description = "The visibility timeout, which is extended while a message is handled. Default: the queue's own.",
        HelpName = "TIME",
        CustomParser = Given.Seconds("--visibility", TimeSpan.FromSeconds(1), Most),
    };

    private static readonly Option<TimeSpan?> Wait = new("--wait")
    {
        Description = "How long a receive waits for messages; a stop may have to wait for it. Default: 20s.",
        HelpName = "TIME",
        CustomParser = Given.Seconds("--wait", TimeSpan.Zero, TimeSpan.FromSeconds(20)),
    };

    private static readonly Option<TimeSpan?> WaitForSqs = new("--wait-for-sqs")
    {
        Description = "How long the start waits while SQS cannot be asked for the queues; 0 is not at all. Default: 90s.",
        HelpName = "TIME",
        CustomParser = Given.Seconds("--wait-for-sqs", TimeSpan.Zero, TimeSpan.FromDays(1)),
    };

    private static readonly Option<string?> Pid = new("--pidfile", "-P") { Description = "A file that names the process while it lives; refused where it names another that does.", HelpName = "FILE" };

    private static readonly Option<string?> LogFile = new("--logfile", "-L") { Description = "A file that the log is appended to, instead of stdout.", HelpName = "FILE" };

    private static readonly Option<bool> Json = new("--json") { Description = "The log as JSON, one object a line." };

    private static readonly Option<bool> Daemon = new("--daemon", "-d") { Description = "Refused: a service manager keeps a process in the background.", Hidden = true };

    public static Command Create(Option<bool> verbose)
    {
        var command = new Command(Name, "Work queues without writing a host: each message is a POST, or a process, or a line to one, or goes to the handlers of an assembly.")
        {
            Queues, Post, ContentType, Exec, ExecLines, Assembly, RejectOn, Concurrency, Config, Group, Delay, StopTimeout, TimeLimit, Visibility, Wait, WaitForSqs, Pid, LogFile, Json, Daemon, Command,
        };
        SqsPlace.AddTo(command);
        command.Validators.Add(Check);
        command.SetAction((parsed, _) => RunAsync(parsed, new WorkOptions
        {
            Queues = parsed.GetValue(Queues) ?? [],
            Place = SqsPlace.Of(parsed),
            Concurrency = parsed.GetValue(Concurrency),
            Config = parsed.GetValue(Config),
            Group = parsed.GetValue(Group),
            Delay = parsed.GetValue(Delay),
            Timeout = parsed.GetValue(StopTimeout),
            TimeLimit = parsed.GetValue(TimeLimit),
            Visibility = parsed.GetValue(Visibility),
            WaitTime = parsed.GetValue(Wait),
            WaitForSqs = parsed.GetValue(WaitForSqs),
            PidFile = parsed.GetValue(Pid),
            LogFile = parsed.GetValue(LogFile),
            Json = parsed.GetValue(Json),
            Verbose = parsed.GetValue(verbose),
        }));
        return command;
    }

    /// <summary>What follows --exec or --exec-lines is the command, with options of its own.</summary>
    public static string[] Arrange(string[] args)
    {
        int at = Array.FindIndex(args, static a => a is ExecName or ExecLinesName);
        return at < 0 || !args.AsSpan(0, at).Contains(Name) || args.ElementAtOrDefault(at + 1) == "--" ? args : [.. args[..(at + 1)], "--", .. args[(at + 1)..]];
    }

    private static async Task<int> RunAsync(ParseResult parsed, WorkOptions options)
    {
        using WorkLog log = WorkLog.Open(options);
        WorkConfiguration configuration = WorkConfiguration.Of(options);
        return await new WorkHost(options, configuration, log, Source(parsed, configuration, log.CreateLogger(WorkEvents.Category))).RunAsync();
    }

    private static HandlerSource Source(ParseResult parsed, WorkConfiguration configuration, ILogger log)
    {
        if (parsed.GetValue(Post) is { } url)
            return new PostTarget(url, parsed.GetValue(ContentType) ?? new MediaTypeHeaderValue("text/plain", "utf-8"), log);
        if (parsed.GetValue(Assembly) is { } assembly)
            return new AssemblySource(assembly);
        CommandLine command = CommandLine.Find(parsed.GetValue(Command)!);
        var grace = StopGrace.Of(configuration.Timeout);
        return parsed.GetValue(Exec)
            ? new ExecTarget(command, parsed.GetResult(RejectOn) is null ? ExitCodes.Rejected : parsed.GetValue(RejectOn)!, grace, log)
            : new LinesTarget(command, grace, log);
    }

    private static void Check(CommandResult given)
    {
        if (given.GetResult(Daemon) is not null)
            given.AddError("--daemon is not there: a service manager (systemd, a container) keeps a process in the background, restarts it and keeps its log.");
        bool exec = given.GetResult(Exec) is not null, lines = given.GetResult(ExecLines) is not null;
        int sources = (given.GetResult(Post) is not null ? 1 : 0) + (exec ? 1 : 0) + (lines ? 1 : 0) + (given.GetResult(Assembly) is not null ? 1 : 0);
        if (sources != 1)
            given.AddError($"give {(sources == 0 ? "one" : "only one")} of --post URL, {ExecName} COMMAND, {ExecLinesName} COMMAND and --assembly FILE.dll: what handles the messages.");
        bool command = given.GetResult(Command) is { Tokens.Count: > 0 };
        if ((exec || lines) && !command)
            given.AddError($"{(exec ? ExecName : ExecLinesName)} has no command: give it last, with its arguments, like {ExecName} ./handle.sh --fast.");
        if (!exec && !lines && command)
            given.AddError($"'{given.GetResult(Command)!.Tokens[0].Value}' is no option: a command needs {ExecName} or {ExecLinesName} before it.");
        if (given.GetResult(Group) is not null && given.GetResult(Config) is null)
            given.AddError("--group is one of the configuration's: give its file with --config.");
        if (given.GetResult(Group) is not null && given.GetResult(Queues) is not null)
            given.AddError("--group and --queue both say which queues: give one of them.");
        if (given.GetResult(ContentType) is not null && given.GetResult(Post) is null)
            given.AddError("--content-type is for --post.");
        if (given.GetResult(RejectOn) is not null && !exec)
            given.AddError($"--reject-on is for {ExecName}.");
    }

    private static Uri? ReadPost(ArgumentResult given)
    {
        string text = given.Tokens[0].Value;
        bool read = Uri.TryCreate(text, UriKind.Absolute, out Uri? url);
        // Not repeated: whoever reads what the tool says is not to read a password.
        if (read ? url!.UserInfo.Length > 0 : text.Contains('@', StringComparison.Ordinal))
            given.AddError("--post has a user name or a password in its URL, which is not sent: leave it out. A secret in the query, like http://localhost:8080/messages?token=..., is sent and never logged.");
        else if (read && url!.Scheme is "http" or "https" && url.Host.Length > 0)
            return url;
        else
            given.AddError($"--post is '{text}': give the URL that takes the messages, like http://localhost:8080/messages.");
        return null;
    }

    private static MediaTypeHeaderValue? ReadContentType(ArgumentResult given)
    {
        string text = given.Tokens[0].Value;
        if (MediaTypeHeaderValue.TryParse(text, out MediaTypeHeaderValue? type))
            return type;
        given.AddError($"--content-type is '{text}': give a media type, like application/json.");
        return null;
    }

    private static int[]? ReadCodes(ArgumentResult given)
    {
        string text = given.Tokens[0].Value;
        if (text == "none")
            return [];
        List<int> codes = [];
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part, out int code) || code is < 1 or > 255)
            {
                given.AddError($"--reject-on is '{text}': give exit codes from 1 to 255 with commas between them, like 3,4, or none.");
                return null;
            }
            codes.Add(code);
        }
        return [.. codes];
    }
}
