using Amazon.SQS.Model;
using Zanshin.Dispatching;

namespace Zanshin;

/// <summary>One message as its handler and middleware see it. Valid while the handler runs.</summary>
public class Message
{
    private readonly Delivery _delivery;
    private readonly IServiceProvider _services;

    internal Message(Delivery delivery, IServiceProvider services) => (_delivery, _services) = (delivery, services);

    private protected Message(Message message) => (_delivery, _services) = (message._delivery, message._services);

    /// <summary>The MessageId of SQS: the same at every delivery, also after a redrive.</summary>
    public string Id => _delivery.Id;

    /// <summary>The queue's name.</summary>
    public string Queue => _delivery.Queue;

    /// <summary>The body as it came.</summary>
    public string Text => _delivery.Raw.Body ?? "";

    /// <summary>The type name that the sender gave it, from the message attribute that names types; null without one.</summary>
    public string? Type => _delivery.Type;

    /// <summary>The MessageGroupId: an order in a FIFO queue, a tenant in a fair one; null without one.</summary>
    public string? Group => _delivery.Group;

    /// <summary>Which attempt this is, from 1: SQS's ApproximateReceiveCount, and the runs that were repeated here without a new receive.</summary>
    public int Attempt => _delivery.Attempt;

    /// <summary>When it was sent (SentTimestamp).</summary>
    public DateTimeOffset SentAt => DateTimeOffset.FromUnixTimeMilliseconds(
        long.TryParse(SystemAttributes.GetValueOrDefault("SentTimestamp"), out long sent) ? sent : 0);

    /// <summary>The sender's message attributes.</summary>
    public IReadOnlyDictionary<string, MessageAttributeValue> Attributes => _delivery.Raw.MessageAttributes ?? NoAttributes;

    /// <summary>SQS's own attributes of the message, as received.</summary>
    public IReadOnlyDictionary<string, string> SystemAttributes => _delivery.Raw.Attributes ?? NoSystemAttributes;

    public Lease Lease => _delivery.Lease;

    /// <summary>Why the handler's token was cancelled; <see cref="CancelReason.None"/> while it is not.</summary>
    public CancelReason Cancelled => _delivery.Run?.CancelReason ?? CancelReason.None;

    /// <summary>The services of this message's DI scope.</summary>
    public IServiceProvider Services => _services;

    /// <summary>For tests, which follow it to its settlement.</summary>
    internal Delivery Delivery => _delivery;

    /// <summary>Notes where its run has got to.</summary>
    internal void Enter(string stage)
    {
        if (_delivery.Run is { } run)
            run.Stage = stage;
    }

    private static Dictionary<string, MessageAttributeValue> NoAttributes { get; } = [];

    private static Dictionary<string, string> NoSystemAttributes { get; } = [];
}
