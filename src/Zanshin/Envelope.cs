using Zanshin.Handling;

namespace Zanshin;

/// <summary>
/// What a body is wrapped in: takes the text out of it that a handler is to read, the type name that it is routed by, and the fields around it.
/// Set for a queue with <see cref="QueueBuilder.Envelope"/>. Stateless and shared by all messages; an own one derives from this.
/// </summary>
public abstract class Envelope
{
    /// <summary>
    /// A notification of Amazon SNS: the text is its Message, its MessageAttributes are the message's. A body that is no notification is taken as it
    /// stands, since a topic may deliver raw. Its signature is not checked: the queue's policy says who may send.
    /// </summary>
    public static Envelope Sns { get; } = new SnsEnvelope();

    /// <summary>An event of Amazon EventBridge: the type name is its detail-type, the text its detail.</summary>
    public static Envelope EventBridge { get; } = new EventBridgeEnvelope();

    /// <summary>
    /// A CloudEvent as JSON (structured mode, 1.0): the type name is its type, the text its data; data_base64 is decoded where its
    /// datacontenttype is JSON or text, and is otherwise left for <see cref="Body.Bytes"/>. An event without data has an empty text.
    /// </summary>
    public static Envelope CloudEvents { get; } = new CloudEventsEnvelope(jsonInText: false);

    /// <summary>What the AWS Message Processing Framework for .NET sends (AWS.Messaging): a CloudEvent whose data, in older versions, is JSON in a string.</summary>
    public static Envelope AwsMessaging { get; } = new CloudEventsEnvelope(jsonInText: true);

    /// <summary>
    /// Opens it. An <see cref="UnreadableMessageException"/> rejects the message with that text, which should not quote the body; any other exception
    /// rejects it with the exception's type.
    /// </summary>
    /// <param name="content">The body as it came, with SQS's message attributes; or what the envelope around this one held.</param>
    public abstract EnvelopeContent Unwrap(EnvelopeContent content);

    /// <summary>An envelope inside of this one: an EventBridge event that came by way of SNS is <c>Envelope.Sns.Then(Envelope.EventBridge)</c>.</summary>
    public Envelope Then(Envelope inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return new NestedEnvelope(this, inner);
    }
}
