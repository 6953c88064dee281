using System.Text;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary>A message to be sent, and what became of it. Whoever sends it owns it until the send has ended.</summary>
internal sealed class Outgoing
{
    /// <summary>What one message, and all of a batch together, may have: 1 MiB, attributes included.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const string TraceHeader = "AWSTraceHeader";

    private int? _bytes;

    /// <summary>Where it came from, for messages to people: the line in its file. 0: not from a file.</summary>
    public int Line { get; init; }

    public required string Body { get; init; }

    public Dictionary<string, MessageAttributeValue> Attributes { get; init; } = [];

    public string? Group { get; set; }

    public string? DeduplicationId { get; set; }

    public int? DelaySeconds { get; set; }

    public string? Trace { get; init; }

    /// <summary>The id it had when it was received; null for a new one.</summary>
    public string? OriginalId { get; init; }

    /// <summary>Given by SQS: it is sent.</summary>
    public string? MessageId { get; set; }

    /// <summary>Why it was not sent.</summary>
    public string? Failure { get; set; }

    public bool Pending => MessageId is null && Failure is null;

    public int Bytes => _bytes ??= Encoding.UTF8.GetByteCount(Body) + Attributes.Sum(static a =>
        Encoding.UTF8.GetByteCount(a.Key) + Encoding.UTF8.GetByteCount(a.Value.DataType)
        + (a.Value.BinaryValue is { } binary ? (int)binary.Length : Encoding.UTF8.GetByteCount(a.Value.StringValue ?? "")));

    public static Outgoing CopyOf(Amazon.SQS.Model.Message message) => new()
    {
        Body = message.Body,
        Attributes = message.MessageAttributes ?? [],
        Group = message.Attributes?.GetValueOrDefault("MessageGroupId"),
        DeduplicationId = message.Attributes?.GetValueOrDefault("MessageDeduplicationId"),
        Trace = message.Attributes?.GetValueOrDefault(TraceHeader),
        OriginalId = message.MessageId,
    };

    public SendMessageBatchRequestEntry ToEntry(string id)
    {
        var entry = new SendMessageBatchRequestEntry(id, Body)
        {
            MessageAttributes = Attributes,
            MessageGroupId = Group,
            MessageDeduplicationId = DeduplicationId,
            MessageSystemAttributes = Trace is null ? null : new() { [TraceHeader] = new() { DataType = "String", StringValue = Trace } },
        };
        if (DelaySeconds is { } delay)
            entry.DelaySeconds = delay;
        return entry;
    }
}
