using System.Globalization;
using System.Text;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.Testing.Runs;

/// <summary>What a test says of its message beside the body.</summary>
internal sealed class MessageFacts
{
    private const string TraceHeader = "AWSTraceHeader";

    private DateTimeOffset? _sentAt;
    private DateTimeOffset? _firstReceivedAt;
    private string? _deduplicationId;
    private string? _traceHeader;
    private string? _deadLetterSource;

    public int ReceiveCount { get; set; } = 1;

    public string? Type { get; set; }

    public string? Group { get; set; }

    public Dictionary<string, string> Attributes { get; } = new(StringComparer.Ordinal);

    public void SetSystemAttribute(string name, string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(value);
        _ = name switch
        {
            "SentTimestamp" => (_sentAt = Time(name, value)) is null,
            "ApproximateFirstReceiveTimestamp" => (_firstReceivedAt = Time(name, value)) is null,
            TraceHeader => (_traceHeader = value) is null,
            "MessageDeduplicationId" => (_deduplicationId = value) is null,
            "DeadLetterQueueSourceArn" => (_deadLetterSource = value) is null,
            "ApproximateReceiveCount" => throw new ArgumentException("Say ReceiveCount(n) for the receive count.", nameof(name)),
            "MessageGroupId" => throw new ArgumentException("Say Group(\"...\") for the message group.", nameof(name)),
            _ => throw new ArgumentException(
                $"'{name}' is no system attribute that a test can set: these are SentTimestamp, ApproximateFirstReceiveTimestamp, AWSTraceHeader, MessageDeduplicationId and DeadLetterQueueSourceArn. For a message attribute say Attribute(name, value).", nameof(name)),
        };
    }

    /// <summary>The message, checked as SQS checks what is sent to this queue.</summary>
    public TrialMessage Message(string text, string? type, string typeAttribute, MessageQueue queue)
    {
        var input = new MessageInput
        {
            Body = Encoding.UTF8.GetBytes(text),
            GroupId = Group ?? (queue.Fifo ? "test" : null),
            DeduplicationId = _deduplicationId ?? (queue.Fifo ? queue.Engine.Ids.NextId().ToString() : null),
        };
        foreach ((string name, string value) in Attributes)
            input.Attributes.Add(new AttributeInput(name, "String", Encoding.UTF8.GetBytes(value), null));
        if (type is not null && !Attributes.ContainsKey(typeAttribute))
            input.Attributes.Add(new AttributeInput(typeAttribute, "String", Encoding.UTF8.GetBytes(type), null));
        if (_traceHeader is not null)
            input.SystemAttributes.Add(new AttributeInput(TraceHeader, "String", Encoding.UTF8.GetBytes(_traceHeader), null));
        (OutgoingMessage? message, SqsError? error) = MessageChecks.Check(input, queue);
        if (message is null)
            throw new HandlerTestException($"SQS would not take this message for '{queue.Identity.Name}': {error!.Message}");
        return new TrialMessage(queue.Engine.Ids.NextId(), message, _sentAt ?? queue.Engine.Time.GetUtcNow())
        {
            ReceiveCount = ReceiveCount,
            FirstReceivedAt = _firstReceivedAt,
            DeadLetterSourceArn = _deadLetterSource,
        };
    }

    private static DateTimeOffset Time(string name, string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds) && milliseconds < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : throw new ArgumentException($"{name} is '{value}': it must be in milliseconds since 1970, such as DateTimeOffset.ToUnixTimeMilliseconds gives.", nameof(value));
}
