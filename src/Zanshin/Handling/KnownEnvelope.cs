using System.Buffers;

namespace Zanshin.Handling;

/// <summary>An envelope that other services send: how a body in it is told, and what opens it. Stateless.</summary>
/// <param name="What">In a sentence: "the body is ...".</param>
/// <param name="Remedy">What to set so that it is opened.</param>
/// <param name="Marks">Fields that nothing else has.</param>
/// <param name="Fields">All fields that it may have.</param>
internal sealed record KnownEnvelope(string What, string Remedy, string[] Marks, string[] Fields)
{
    private static readonly KnownEnvelope Sns = new(
        "a notification of SNS", "set q.Envelope = Envelope.Sns, or have the subscription deliver raw messages",
        ["TopicArn", "SigningCertURL", "SignatureVersion"],
        ["Type", "MessageId", "Token", "TopicArn", "Subject", "Message", "SubscribeURL", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL", "MessageAttributes"]);

    private static readonly KnownEnvelope EventBridge = new(
        "an event of EventBridge", "set q.Envelope = Envelope.EventBridge",
        ["detail-type", "detail"],
        ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name"]);

    private static readonly KnownEnvelope CloudEvents = new(
        "a CloudEvent", "set q.Envelope = Envelope.CloudEvents, or Envelope.AwsMessaging where AWS.Messaging sends it",
        ["specversion", "data", "data_base64"],
        ["specversion", "id", "source", "type", "datacontenttype", "dataschema", "subject", "time", "data", "data_base64"]);

    private static readonly KnownEnvelope S3 = new("an event of S3", "handle it with Body.S3Event", ["Records"], ["Records"]);

    private static readonly KnownEnvelope S3Test = new(
        "the test event of S3", "handle it with Body.S3Event", ["HostId"], ["Service", "Event", "Time", "Bucket", "RequestId", "HostId"]);

    private static readonly KnownEnvelope MassTransit = new(
        "a message of MassTransit", "give the queue an envelope of your own that takes 'message' out of it",
        ["messageType"],
        [
            "messageId", "requestId", "correlationId", "conversationId", "initiatorId", "sourceAddress", "destinationAddress", "responseAddress", "faultAddress", "messageType", "message",
            "expirationTime", "sentTime", "headers", "host",
        ]);

    // Looked for first, in one pass over the text: nearly all messages have none of them.
    private static readonly SearchValues<string> Hints = SearchValues.Create(
        ["\"TopicArn\"", "\"detail-type\"", "\"specversion\"", "aws:s3", "s3:TestEvent", "urn:message:"], StringComparison.Ordinal);

    /// <summary>The envelope that the text is in; null for none that is known.</summary>
    public static KnownEnvelope? Of(string text)
    {
        if (!text.AsSpan().ContainsAny(Hints))
            return null;
        try
        {
            return Of(new JsonFields(text, "in an envelope"));
        }
        catch (UnreadableMessageException)
        {
            return null;
        }
    }

    private static KnownEnvelope? Of(JsonFields fields) => fields switch
    {
        _ when fields.IsString("TopicArn") && fields.IsString("Type") && (fields.IsString("Message") || fields.IsString("SubscribeURL")) => Sns,
        _ when fields.IsString("detail-type") && fields.IsString("source") && fields.Has("detail") => EventBridge,
        _ when fields.IsString("specversion") && fields.IsString("source") && fields.IsString("type") && fields.IsString("id") => CloudEvents,
        _ when fields.Has("Records") && fields.Raw("Records") is { } records && records.StartsWith('[') && records.Contains("\"aws:s3\"", StringComparison.Ordinal) => S3,
        _ when fields.IsString("Event") && fields.String("Event") == "s3:TestEvent" => S3Test,
        _ when fields.Has("messageType") && fields.Has("message") && fields.Raw("messageType").Contains("urn:message:", StringComparison.Ordinal) => MassTransit,
        _ => null,
    };
}
