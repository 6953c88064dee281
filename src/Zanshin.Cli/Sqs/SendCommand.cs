using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs send</c>: one message, or as many as there are lines.</summary>
internal static class SendCommand
{
    private static readonly Argument<string> Queue = SqsOptions.Queue();

    private static readonly Argument<string?> Body = new("BODY")
    {
        Description = "The message. Without it, and without --file, it is read from stdin; one line end at its end is taken off.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> File = new("--file", "-f") { Description = "Read from a file and not from stdin.", HelpName = "FILE" };

    private static readonly Option<bool> JsonLines = new("--json-lines")
    {
        Description = "Each line is a message: {\"body\", \"attributes\", \"group\", \"deduplicationId\", \"delay\"}, as dump writes.",
    };

    private static readonly Option<bool> Lines = new("--lines") { Description = "Each line is a body." };

    private static readonly Option<string[]> Attribute = new("--attribute", "-a")
    {
        Description = "A message attribute, a text or, with :Number or :Binary (base64) after its name, of that type. More than once for more.",
        HelpName = "NAME[:TYPE]=VALUE",
    };

    private static readonly Option<string?> Group = new("--group") { Description = "The message group, which a FIFO queue needs.", HelpName = "GROUP" };

    private static readonly Option<string?> DeduplicationId = new("--deduplication-id") { Description = "For a FIFO queue. Default: made from the body if the queue does so, else new.", HelpName = "ID" };

    private static readonly Option<TimeSpan> Delay = new("--delay")
    {
        Description = "Deliver it only after that time.",
        HelpName = "TIME",
        CustomParser = Given.WholeSeconds("--delay", TimeSpan.Zero, TimeSpan.FromMinutes(15)),
    };

    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create()
    {
        var command = new Command("send", "Send a message, or a message for each line of a file or of stdin.")
        {
            Queue, Body, File, JsonLines, Lines, Attribute, Group, DeduplicationId, Delay, Json,
        };
        command.Validators.Add(Check);
        return SqsAction.Set(command, RunAsync);
    }

    private static void Check(CommandResult given)
    {
        bool body = given.GetValue(Body) is not null, lines = given.GetValue(Lines), jsonLines = given.GetValue(JsonLines);
        if (body && given.GetValue(File) is not null)
            given.AddError("BODY and --file both say what to send: give one of them.");
        if (lines && jsonLines)
            given.AddError("--lines and --json-lines read lines in two ways: give one of them.");
        if (body && (lines || jsonLines))
            given.AddError("BODY is one message: --lines and --json-lines read a file or stdin.");
        if ((lines || jsonLines) && given.GetValue(DeduplicationId) is not null)
            given.AddError("--deduplication-id is for one message: SQS would keep only one of all lines.");
    }

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place)
    {
        using var interrupts = new Interrupts(secondEnds: true);
        try
        {
            Dictionary<string, MessageAttributeValue> attributes = [];
            foreach ((string name, MessageAttributeValue value) in (parsed.GetValue(Attribute) ?? []).Select(AttributeArgument.Read))
            {
                if (!attributes.TryAdd(name, value))
                    throw new Refusal($"--attribute gives '{name}' twice: a message has one attribute of a name.");
            }
            using OpenQueue queue = await OpenQueue.FindAsync(place, parsed.GetValue(Queue)!, interrupts.Token);
            var defaults = new SendDefaults
            {
                Attributes = attributes,
                Group = parsed.GetValue(Group),
                DeduplicationId = parsed.GetValue(DeduplicationId),
                DelaySeconds = parsed.GetResult(Delay) is null ? null : (int)parsed.GetValue(Delay).TotalSeconds,
                ContentBased = queue.Fifo && (await queue.FactsAsync(interrupts.Token)).ContentBasedDeduplication,
            };
            if (!queue.Fifo && defaults.DeduplicationId is not null)
                throw new Refusal($"'{queue.Name}' is not a FIFO queue: it takes no --deduplication-id.");
            SendReport report = parsed.GetValue(Lines) || parsed.GetValue(JsonLines)
                ? await LinesAsync(parsed, queue, defaults, interrupts.Token)
                : await OneAsync(parsed, queue, defaults, interrupts.Token);
            Console.WriteLine(parsed.GetValue(Json)
                ? JsonSerializer.Serialize(report, SqsJson.Default.SendReport)
                : report.MessageId is { } id ? Printable.Line($"Message {id} was sent to queue '{report.Queue}'.")
                : $"{Counted.Were(report.Sent)} sent to queue '{report.Queue}'.");
            return SqsAction.End(report.Problems, report.Interrupted);
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    private static async Task<SendReport> LinesAsync(ParseResult parsed, OpenQueue queue, SendDefaults defaults, CancellationToken stop)
    {
        (Func<TextReader> open, string name) = Source(parsed);
        var run = new SendRun(queue, new MessageSource(open, name, parsed.GetValue(JsonLines)), defaults, unsent: null, stop);
        await run.RunAsync();
        return new(queue.Name, run.Sent, run.Failed, null, stop.IsCancellationRequested, run.Problems);
    }

    private static async Task<SendReport> OneAsync(ParseResult parsed, OpenQueue queue, SendDefaults defaults, CancellationToken stop)
    {
        string body = parsed.GetValue(Body) ?? await WholeAsync(parsed, stop);
        if (body.Length == 0)
            throw new Refusal("the message is empty, which SQS does not take: give a BODY, a --file, or something on stdin.");
        var message = new Outgoing { Body = body };
        defaults.Fit(message, queue);
        await new BulkSender(queue).SendAsync([message]);
        return message.MessageId is { } id
            ? new(queue.Name, 1, 0, id, false, [])
            : throw new Refusal($"the message was not sent to queue '{queue.Name}': {message.Failure}.");
    }

    // As long as a message can be, and a little more: SQS's own refusal names the limit.
    private static async Task<string> WholeAsync(ParseResult parsed, CancellationToken stop)
    {
        (Func<TextReader> open, string name) = Source(parsed);
        using TextReader reader = open();
        var text = new System.Text.StringBuilder();
        var buffer = new char[64 * 1024];
        try
        {
            for (int read; text.Length <= Outgoing.MaxBytes && (read = await reader.ReadAsync(buffer, stop).AsTask().WaitAsync(stop)) > 0;)
                text.Append(buffer, 0, read);
        }
        catch (Exception exception) when (exception is System.Text.DecoderFallbackException or IOException)
        {
            throw new Refusal($"{name} is no UTF-8 text, or cannot be read ({exception.Message.TrimEnd('.')}).", exception);
        }
        string body = text.ToString();
        return body.EndsWith("\r\n", StringComparison.Ordinal) ? body[..^2] : body.EndsWith('\n') ? body[..^1] : body;
    }

    private static (Func<TextReader> Open, string Name) Source(ParseResult parsed) => parsed.GetValue(File) is { } path
        ? (() => MessageSource.Open(path), path)
        : (static () => new StreamReader(Console.OpenStandardInput(), TextLines.Utf8), "standard input");
}
