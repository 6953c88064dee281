using System.Collections.ObjectModel;
using Amazon.SQS.Model;
using Zanshin.Dispatching;

namespace Zanshin;

/// <summary>One message as its handler and middleware see it. Valid while the handler runs.</summary>
public class Message
{
    private readonly Delivery _delivery;
    private readonly IServiceProvider _services;
    private readonly string? _text;
    private readonly bool _isRead;

    internal Message(Delivery delivery, IServiceProvider services) => (_delivery, _services) = (delivery, services);

    private protected Message(Message message)
        : this(message, message._text) => _isRead = true;

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

    /// <summary>
    /// After how many receives SQS moves the message to the dead-letter queue (maxReceiveCount of the queue's redrive policy), as last read; null where the queue has none. To compare with
    /// the ApproximateReceiveCount in <see cref="SystemAttributes"/>: <see cref="Attempt"/> also counts runs that were repeated here.
    /// </summary>
    public int? MaxReceiveCount => _delivery.HasLine ? _delivery.Line.MaxReceives : null;

    /// <summary>
    /// True if the message is not run again where it is not done now: its receive count has come to <see cref="MaxReceiveCount"/>, and on a FIFO queue no retry of it may be made here any
    /// more. A retry is then a reject (<see cref="QueueOptions.Reject"/>). SQS's count is approximate, and a policy that was changed less than 5 minutes ago may be unknown.
    /// </summary>
    public bool IsLastAttempt => _delivery.HasLine && Judge.IsLastReceive(_delivery) && !MessageLife.MayRestAgain(_delivery);

    /// <summary>When it was sent (SentTimestamp); of a message whose long delay was carried by hops, when it was sent first.</summary>
    public DateTimeOffset SentAt => _delivery.Due?.Sent ?? DateTimeOffset.FromUnixTimeMilliseconds(
        long.TryParse(_delivery.Raw.Attributes?.GetValueOrDefault("SentTimestamp"), out long sent) ? sent : 0);

    /// <summary>
    /// The sender's message attributes, those in an SNS notification included. Every look at a value gives a new one, its binary stream at the begin, so whoever
    /// reads it disturbs nobody: to read a stream in pieces, keep it.
    /// </summary>
    public IReadOnlyDictionary<string, MessageAttributeValue> Attributes => _delivery.Content.Attributes;

    /// <summary>SQS's own attributes of the message, as received.</summary>
    public IReadOnlyDictionary<string, string> SystemAttributes => _delivery.Raw.Attributes?.AsReadOnly() ?? ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The named values that the sender's side sent along (<see cref="ZanshinBuilder.Carry(string, Func{string?}, Action{string?, IServiceProvider})"/>); empty without any.</summary>
    public IReadOnlyDictionary<string, string> Ambient => AmbientValues.Read(Attributes.GetValueOrDefault(AmbientValues.Attribute)?.StringValue);

    public Lease Lease => _delivery.Lease;

    /// <summary>Why the handler's token was cancelled; <see cref="CancelReason.None"/> while it is not.</summary>
    public CancelReason Cancelled => _delivery.Run?.CancelReason ?? CancelReason.None;

    /// <summary>The services of this message's DI scope.</summary>
    public IServiceProvider Services => _services;

    /// <summary>
    /// Why no handler can be given the message: its envelope cannot be opened, no handler has its type name, or its text is not what its handler reads; null where
    /// nothing is wrong. For middleware that refuses messages for reasons of its own: such a message is passed on, and rejected with this reason, which stands in
    /// its dead letter in any case. Reads the text when it is first asked for; what a middleware has put in its place (<see cref="WithText"/>) is read anew.
    /// </summary>
    public UnreadableMessageException? Unreadable =>
        _isRead ? null : _delivery.Problem ?? (Known ??= _delivery.TryRead(this))?.Problem;

    /// <summary>Its body, where it was read before its handler was called.</summary>
    internal BodyRead? Known { get; private set; }

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

    /// <summary>Its handler is given it now, or what stands in for one where there is none.</summary>
    internal void Reach() => _delivery.Reached = true;

    /// <summary>Notes why it cannot be read, whatever its middleware makes of that.</summary>
    internal void Found(UnreadableMessageException problem) => _delivery.Finding = problem;

    /// <summary>Middleware kept it from its handler, and it is not done: notes whether it could have been read at all.</summary>
    internal void FindUnreadable()
    {
        if (!_delivery.Reached)
            _delivery.Finding = Unreadable;
    }

    /// <summary>Notes where its run has got to.</summary>
    internal void Enter(string stage)
    {
        if (_delivery.Run is { } run)
            run.Stage = stage;
    }

    /// <summary>Its text is in an envelope that the queue does not open: said in the log, once a queue.</summary>
    internal void InUnopened(string envelope, string remedy) => _delivery.Line?.Unopened(envelope, remedy);
}
