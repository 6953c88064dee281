using Amazon.SQS.Model;
using Zanshin.Dispatching;

namespace Zanshin;

/// <summary>One message as its handler and middleware see it. Valid while the handler runs.</summary>
public class Message
{
    private readonly Delivery _delivery;
    private readonly IServiceProvider _services;
    private readonly string? _text;

    internal Message(Delivery delivery, IServiceProvider services) => (_delivery, _services) = (delivery, services);

    private protected Message(Message message)
        : this(message, message._text)
    {
    }

    private Message(Message message, string? text) => (_delivery, _services, _text) = (message._delivery, message._services, text);

    /// <summary>The MessageId of SQS: the same at every delivery, also after a redrive.</summary>
    public string Id => _delivery.Id;

    /// <summary>The queue's name.</summary>
    public string Queue => _delivery.Queue;

    /// <summary>What its handler reads: the body, out of its envelope where the queue has one, or what a middleware put in its place.</summary>
    public string Text => _text ?? _delivery.Content.Text;

    /// <summary>The body as it came from SQS.</summary>
    public string RawText => _delivery.Raw.Body ?? "";

    /// <summary>The type name that the sender gave it, from the message attributes that name types or from its envelope; null without one.</summary>
    public string? Type => _delivery.Content.Type;

    /// <summary>The fields of its envelope by their names there, such as <c>TopicArn</c> or <c>detail-type</c>; empty without one.</summary>
    public IReadOnlyDictionary<string, string> EnvelopeFields => _delivery.Content.Fields;

    /// <summary>The MessageGroupId: an order in a FIFO queue, a tenant in a fair one; null without one.</summary>
    public string? Group => _delivery.Group;

    /// <summary>Which attempt this is, from 1: SQS's ApproximateReceiveCount, and the runs that were repeated here without a new receive.</summary>
    public int Attempt => _delivery.Attempt;

    /// <summary>When it was sent (SentTimestamp); of a message whose long delay was carried by hops, when it was sent first.</summary>
    public DateTimeOffset SentAt => _delivery.Due?.Sent ?? DateTimeOffset.FromUnixTimeMilliseconds(
        long.TryParse(SystemAttributes.GetValueOrDefault("SentTimestamp"), out long sent) ? sent : 0);

    /// <summary>The sender's message attributes, those in an SNS notification included.</summary>
    public IReadOnlyDictionary<string, MessageAttributeValue> Attributes => _delivery.Content.Attributes;

    /// <summary>SQS's own attributes of the message, as received.</summary>
    public IReadOnlyDictionary<string, string> SystemAttributes => _delivery.Raw.Attributes ?? NoSystemAttributes;

    /// <summary>The named values that the sender's side sent along (<see cref="ZanshinBuilder.Carry(string, Func{string?}, Action{string?, IServiceProvider})"/>); empty without any.</summary>
    public IReadOnlyDictionary<string, string> Ambient => AmbientValues.Read(Attributes.GetValueOrDefault(AmbientValues.Attribute)?.StringValue);

    public Lease Lease => _delivery.Lease;

    /// <summary>Why the handler's token was cancelled; <see cref="CancelReason.None"/> while it is not.</summary>
    public CancelReason Cancelled => _delivery.Run?.CancelReason ?? CancelReason.None;

    /// <summary>The services of this message's DI scope.</summary>
    public IServiceProvider Services => _services;

    /// <summary>Why it cannot be given to a handler, where that is known before a body is read.</summary>
    internal UnreadableMessageException? Problem => _delivery.Problem;

    /// <summary>
    /// The same message with another text: what a middleware gives to the next delegate, so that the handler reads it in place of the body. What
    /// it was routed by stays.
    /// </summary>
    public Message WithText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new Message(this, text);
    }

    /// <summary>For tests, which follow it to its settlement.</summary>
    internal Delivery Delivery => _delivery;

    /// <summary>Notes where its run has got to.</summary>
    internal void Enter(string stage)
    {
        if (_delivery.Run is { } run)
            run.Stage = stage;
    }

    /// <summary>Its text is in an envelope that the queue does not open: said in the log, once a queue.</summary>
    internal void InUnopened(string envelope, string remedy) => _delivery.Line?.Unopened(envelope, remedy);

    private static Dictionary<string, string> NoSystemAttributes { get; } = [];
}
