using System.Globalization;
using System.Text;
using Amazon.SQS.Model;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.Testing;

/// <summary>A message as SQS was given it. Its body is what a receiver would get.</summary>
public class SentMessage
{
    internal SentMessage(string queue, string typeAttribute, Guid id, OutgoingMessage message, DateTimeOffset sentAt, int? delaySeconds)
    {
        (Queue, MessageId, Message, SentAt) = (queue, id, message, sentAt);
        Attributes = message.Attributes.ToDictionary(static a => a.Name, static a => a.IsBinary ? Convert.ToBase64String(a.Value) : Encoding.UTF8.GetString(a.Value));
        Type = Attributes.GetValueOrDefault(typeAttribute);
        // SQS was given the first hop of a long delay only.
        Due = DueTime.Read(Attributes.GetValueOrDefault(DueTime.Attribute));
        Delay = Due is { } due ? due.Due - due.Sent : TimeSpan.FromSeconds(delaySeconds ?? 0);
    }

    private protected SentMessage(SentMessage message)
    {
        (Queue, MessageId, Message, SentAt, Delay) = (message.Queue, message.MessageId, message.Message, message.SentAt, message.Delay);
        (Attributes, Type, Due) = (message.Attributes, message.Type, message.Due);
    }

    /// <summary>The MessageId of SQS.</summary>
    public string Id => MessageId.ToString();

    /// <summary>The queue's name.</summary>
    public string Queue { get; }

    /// <summary>The body as it was written.</summary>
    public string Text => Encoding.UTF8.GetString(Message.Body);

    /// <summary>The type name, from the attribute that names types; null without one.</summary>
    public string? Type { get; }

    /// <summary>The delay that was asked for, a long one that is carried by hops too; zero for none.</summary>
    public TimeSpan Delay { get; }

    /// <summary>The MessageGroupId; null without one.</summary>
    public string? Group => Message.GroupId;

    /// <summary>The MessageDeduplicationId; null without one.</summary>
    public string? DeduplicationId => Message.DeduplicationId;

    /// <summary>All message attributes, that of the type name included; binary ones as base64.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; }

    /// <summary>When it was sent, on the queue's clock.</summary>
    public DateTimeOffset SentAt { get; }

    internal Guid MessageId { get; }

    /// <summary>Of a message with a long delay.</summary>
    internal DueTime? Due { get; }

    internal OutgoingMessage Message { get; }

    /// <summary>Reads the body as a receiver of this type would.</summary>
    public T ReadAs<T>(BodyReader<T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return body.Read(new Message(new Dispatching.Delivery(Queue, Type, ToReceived()), NoServices.Instance));
    }

    public override string ToString()
    {
        var text = new StringBuilder($"{Type ?? "a message"} to '{Queue}'");
        if (Group is not null)
            text.Append(CultureInfo.InvariantCulture, $", group {Group}");
        if (Delay > TimeSpan.Zero)
            text.Append(CultureInfo.InvariantCulture, $", after {Delay}");
        string body = Text;
        return text.Append(": ").Append(body.Length <= 200 ? body : $"{body[..200]}... ({body.Length:N0} characters)").ToString();
    }

    private Amazon.SQS.Model.Message ToReceived() => new()
    {
        MessageId = Id,
        Body = Text,
        Attributes = new() { ["SentTimestamp"] = SentAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), ["MessageGroupId"] = Group },
        MessageAttributes = Message.Attributes.ToDictionary(static a => a.Name, static a => a.IsBinary
            ? new MessageAttributeValue { DataType = a.DataType, BinaryValue = new MemoryStream(a.Value) }
            : new MessageAttributeValue { DataType = a.DataType, StringValue = Encoding.UTF8.GetString(a.Value) }),
    };

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
