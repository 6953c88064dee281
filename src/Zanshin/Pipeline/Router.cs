using Amazon.SQS.Model;
using Zanshin.Handling;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Pipeline;

/// <summary>
/// Opens a message's envelope and finds its handler, before anything is run: the handler's time limit counts for its middleware too. Never throws; a
/// problem is thrown later, inside all middleware. Stateless.
/// </summary>
/// <param name="typeAttributes">The message attributes that may name its type, the first that is there wins.</param>
/// <param name="envelope">What bodies come in; null for nothing.</param>
/// <param name="handlers">Those of single messages.</param>
/// <param name="batch">The batch handler, in place of all others.</param>
internal sealed class Router(IReadOnlyList<string> typeAttributes, Envelope? envelope, HandlerTable handlers, BatchEntry? batch)
{
    public Routed Route(SqsMessage raw)
    {
        // What handlers and envelopes are given is never the SDK's own: it is whole again for whoever comes next.
        ReceivedAttributes attributes = raw.MessageAttributes is { } sent ? new(sent) : ReceivedAttributes.None;
        var content = new EnvelopeContent { Text = raw.Body ?? "", Type = TypeIn(raw.MessageAttributes), Attributes = attributes };
        try
        {
            if (envelope is not null)
            {
                content = Opened(envelope, content);
                // Inside of an SNS notification there may be the same attributes.
                if (content.Type is null && content.Attributes != attributes)
                    content = content with { Type = TypeIn(content.Attributes) };
            }
            if (batch is not null)
                return new Routed(content, null, batch.Options, null) { Reading = batch };
            HandlerEntry handler = handlers.Find(content.Type);
            return new Routed(content, handler, handler.Options, null);
        }
        catch (UnreadableMessageException problem)
        {
            return new Routed(content, null, batch?.Options, problem);
        }
        catch (Exception exception)
        {
            // What an envelope gave may throw when it is read. Not its own text: it may quote the body.
            return new Routed(content with { Attributes = ReceivedAttributes.None }, null, batch?.Options, new UnreadableMessageException($"The message cannot be routed ({exception.GetType().Name}).", exception));
        }
    }

    private static EnvelopeContent Opened(Envelope envelope, EnvelopeContent content)
    {
        try
        {
            EnvelopeContent opened = envelope.Unwrap(content);
            return opened is { Text: not null, Attributes: not null, Fields: not null }
                ? opened with { Attributes = ReceivedAttributes.Of(opened.Attributes), Fields = opened.Fields.ToDictionary().AsReadOnly() }
                : throw new InvalidOperationException("The envelope gave null.");
        }
        catch (UnreadableMessageException)
        {
            throw;
        }
        catch (Exception exception)
        {
            // Not the exception's own text: it may quote the body.
            throw new UnreadableMessageException($"The body's envelope cannot be opened by {envelope.GetType().Name} ({exception.GetType().Name}).", exception);
        }
    }

    private string? TypeIn(IReadOnlyDictionary<string, MessageAttributeValue>? attributes)
    {
        if (attributes is null)
            return null;
        foreach (string name in typeAttributes)
        {
            if (attributes.TryGetValue(name, out MessageAttributeValue? value) && value?.StringValue is { } type)
                return type;
        }
        return null;
    }
}
