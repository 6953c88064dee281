namespace Zanshin.Cli.Demo.Webhooks;

/// <summary>How one kind of delivery is read and handled.</summary>
internal abstract class WebhookEvent
{
    /// <exception cref="System.Text.Json.JsonException">The payload is not of this kind.</exception>
    public abstract void Check(string payload);

    public abstract void Handle(QueueBuilder queue, string name, Work work);
}
