namespace Zanshin.Handling;

/// <summary>An event as EventBridge hands it to its target, without an input transformer.</summary>
internal sealed class EventBridgeEnvelope : Envelope
{
    public override EnvelopeContent Unwrap(EnvelopeContent content)
    {
        var fields = new JsonFields(content.Text, "an event of EventBridge");
        fields.Required("source");
        return content with
        {
            Type = fields.Required("detail-type"),
            Text = fields.Raw("detail"),
            Fields = fields.Over(content.Fields, "detail"),
        };
    }
}
