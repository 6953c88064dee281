using System.Globalization;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class GetQueueAttributes : QueueRequest
{
    internal List<string> AttributeNames { get; set; } = [];

    internal override bool Changes => false;

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        foreach (var name in AttributeNames)
        {
            if (name != QueueAttribute.All && !QueueAttribute.Readable.Contains(name)) return new ErrorResponse(SqsError.UnknownAttribute(name));
        }

        var names = AttributeNames.Contains(QueueAttribute.All) ? QueueAttribute.Readable : AttributeNames.Distinct();
        var counts = queue.Count();
        var settings = queue.Settings;
        var attributes = new List<KeyValuePair<string, string>>();
        foreach (var name in names)
        {
            if (Value(name, queue, settings, counts) is { } value) attributes.Add(new(name, value));
        }

        return new Response(attributes);
    }

    private static string? Value(string name, MessageQueue queue, QueueSettings settings, QueueCounts counts) => name switch
    {
        QueueAttribute.QueueArn => queue.Identity.Arn,
        QueueAttribute.ApproximateNumberOfMessages => Text(counts.Visible),
        QueueAttribute.ApproximateNumberOfMessagesNotVisible => Text(counts.InFlight),
        QueueAttribute.ApproximateNumberOfMessagesDelayed => Text(counts.Delayed),
        QueueAttribute.CreatedTimestamp => Seconds(queue.Engine.Shown(queue.Identity.CreatedAt)),
        QueueAttribute.LastModifiedTimestamp => Seconds(queue.Engine.Shown(queue.ModifiedAt)),
        QueueAttribute.FifoQueue => queue.Fifo ? "true" : null,
        _ => settings.Answer(name),
    };

    private static string Seconds(long ticks) => Text((ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    internal sealed class Response(List<KeyValuePair<string, string>> attributes) : SqsResponse
    {
        internal List<KeyValuePair<string, string>> Attributes => attributes;
    }
}
