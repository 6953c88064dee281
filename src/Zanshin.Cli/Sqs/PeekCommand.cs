using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Amazon.SQS.Model;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs peek</c>: shows messages and leaves them on the queue.</summary>
internal static class PeekCommand
{
    private const int Shown = 200;
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);

    private static readonly Argument<string> Queue = SqsOptions.Queue();

    private static readonly Option<int> Number = new("--number", "-n")
    {
        Description = "At most so many.",
        HelpName = "N",
        DefaultValueFactory = static _ => 10,
        CustomParser = Given.Number("-n", 1, 1000),
    };

    private static readonly Option<bool> Body = new("--body") { Description = $"Show bodies in full, not their first {Shown} characters. --json always does." };

    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create() => SqsAction.Set(
        new Command("peek", "Show messages and leave them on the queue. Raises their receive counts by one: SQS has no other way to look.") { Queue, Number, Body, Json }, RunAsync);

    private static Task<int> RunAsync(ParseResult parsed, SqsPlace place) => SqsAction.InterruptibleAsync(async stop =>
    {
        using OpenQueue queue = await OpenQueue.FindAsync(place, parsed.GetValue(Queue)!, stop);
        QueueFacts facts = await queue.FactsAsync(stop);
        List<string> problems = [];
        List<SqsMessage> seen = await SeeAsync(queue, parsed.GetValue(Number), problems, stop);
        if (parsed.GetValue(Json))
            Console.WriteLine(Document(queue, seen));
        else
            Print(queue, facts, seen, parsed.GetValue(Body) ? null : Shown);
        int last = seen.Count(m => Received.IsItsLast(m, facts));
        if (last > 0)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"zanshin: {last:N0} of these have reached the queue's maxReceiveCount of {facts.MaxReceives}: their next receive, a look like this too, sends them to the dead-letter queue."));
        }
        return SqsAction.End(problems, stop.IsCancellationRequested);
    });

    internal static async Task<List<SqsMessage>> SeeAsync(OpenQueue queue, int number, List<string> problems, CancellationToken stop)
    {
        var drain = new Drain(queue, number, Visibility, stop);
        var held = new Held(queue, Visibility);
        List<SqsMessage> seen = [];
        while (await drain.NextAsync() is { Count: > 0 } page)
        {
            seen.AddRange(page.Where(held.Add));
            await held.KeepAsync();
        }
        (int invisible, TimeSpan longest) = await held.ReleaseAsync();
        if (drain.Trouble is { } trouble)
            problems.Add(trouble.Message);
        if (invisible > 0)
            problems.Add($"{Counted.Messages(invisible)} could not be made visible again: invisible for {Durations.Text(longest)} at most.");
        return seen;
    }

    private static string Document(OpenQueue queue, List<SqsMessage> seen)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("queue", queue.Name);
            json.WriteStartArray("messages");
            foreach (SqsMessage message in seen)
                DumpLine.Write(json, message);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Print(OpenQueue queue, QueueFacts facts, List<SqsMessage> seen, int? longest)
    {
        foreach (SqsMessage message in seen)
            Console.WriteLine(Text(message, longest));
        long others = Math.Max(0, facts.Visible - seen.Count);
        Console.WriteLine(Printable.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{Counted.Messages(seen.Count)} of queue '{queue.Name}', about {others:N0} more available, {facts.InFlight:N0} in flight and {facts.Delayed:N0} delayed.{(seen.Count > 0 ? " All are on the queue still; each look raises a message's receive count by one." : "")}")));
    }

    private static string Text(SqsMessage message, int? longest)
    {
        Dictionary<string, string> system = message.Attributes ?? [];
        var text = new StringBuilder();
        text.Append(Printable.Line(message.MessageId)).Append("  sent ").Append(DumpLine.Time(system.GetValueOrDefault("SentTimestamp")) ?? "?")
            .Append(CultureInfo.InvariantCulture, $"  received {Received.Count(message)} times");
        if (system.TryGetValue("MessageGroupId", out string? group))
            text.Append("  group ").Append(Printable.Line(group));
        if (system.TryGetValue("MessageDeduplicationId", out string? deduplication))
            text.Append("  deduplication ").Append(Printable.Line(deduplication));
        text.AppendLine();
        foreach ((string name, MessageAttributeValue value) in message.MessageAttributes ?? [])
            text.AppendLine(Printable.Line($"  {name} ({value.DataType}): {(value.BinaryValue is { } binary ? Convert.ToBase64String(binary.ToArray()) : value.StringValue)}"));
        string body = longest is { } max && message.Body.Length > max
            ? string.Create(CultureInfo.InvariantCulture, $"{Printable.Line(message.Body[..max])}... ({message.Body.Length:N0} characters; --body shows all)")
            : Printable.Lines(message.Body);
        foreach (string line in body.Split('\n'))
            text.Append("  ").AppendLine(line);
        return text.ToString();
    }
}
