using System.Text.Json;

namespace Zanshin.Testing;

/// <summary>A message that is in a queue, as it was looked at: looking changes nothing, its receive count included.</summary>
public sealed class QueuedMessage : SentMessage
{
    internal QueuedMessage(SentMessage message, int receiveCount, bool visible)
        : base(message) => (ReceiveCount, Visible) = (receiveCount, visible);

    /// <summary>How often it has been received.</summary>
    public int ReceiveCount { get; }

    /// <summary>Neither in flight nor delayed.</summary>
    public bool Visible { get; }

    /// <summary>Why it was rejected, of a copy in a dead-letter queue; null of others, such as those that SQS moved there itself.</summary>
    public string? RejectReason
    {
        get
        {
            if (!Attributes.TryGetValue(Settling.Rejects.Attribute, out string? text))
                return null;
            using JsonDocument json = JsonDocument.Parse(text);
            return json.RootElement.GetProperty("reason").GetString();
        }
    }
}
