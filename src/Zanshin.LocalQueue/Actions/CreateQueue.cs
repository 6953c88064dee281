using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class CreateQueue : SqsRequest
{
    internal string? QueueName { get; set; }

    internal override string? Queue => QueueName;

    internal Dictionary<string, string> Attributes { get; set; } = [];

    internal Dictionary<string, string> Tags { get; set; } = [];

    internal override SqsResponse Execute(ActionContext context)
    {
        if (string.IsNullOrEmpty(QueueName)) return new ErrorResponse(SqsError.Missing("QueueName"));
        var fifo = false;
        if (Attributes.TryGetValue(QueueAttribute.FifoQueue, out var given) && !QueueSettingsReader.Switch(given, out fifo)) return new ErrorResponse(SqsError.AttributeValue(QueueAttribute.FifoQueue));
        if (QueueNames.Check(QueueName, fifo) is { } badName) return new ErrorResponse(badName);
        var (settings, badAttribute) = QueueSettingsReader.Read(QueueSettingsReader.None(fifo), Attributes, QueueName, context.Engine, context.Region, creating: true);
        if (settings is null) return new ErrorResponse(badAttribute!);
        var (tags, badTag) = TagChecks.Add(settings.Tags, Tags);
        if (tags is null) return new ErrorResponse(badTag!);
        settings = settings with { Tags = tags };
        // The same name with the same attributes is the same queue, whatever it has that this call does not mention.
        var (queue, conflict) = context.Engine.Create(context.Region, QueueName, settings, existing => Differs(settings, existing.Settings));
        return queue is null ? new ErrorResponse(conflict!) : new Response(context.UrlOf(queue.Identity.Name));
    }

    private string? Differs(QueueSettings asked, QueueSettings existing) => Attributes.Keys
        .Order(StringComparer.Ordinal)
        .FirstOrDefault(name => asked.Answer(name) != existing.Answer(name));

    internal sealed class Response(string queueUrl) : SqsResponse
    {
        internal string QueueUrl => queueUrl;
    }
}
