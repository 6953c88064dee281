using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Zanshin.Cli.Demo.Webhooks;

/// <inheritdoc/>
internal sealed class WebhookEvent<T>(JsonTypeInfo<T> json) : WebhookEvent
    where T : Delivery
{
    public override void Check(string payload) => JsonSerializer.Deserialize(payload, json);

    public override void Handle(QueueBuilder queue, string name, Work work) =>
        queue.Handle<T>(name, json, (message, _, cancel) => work.DoAsync(message, name, message.Body.ToString(), cancel));
}
