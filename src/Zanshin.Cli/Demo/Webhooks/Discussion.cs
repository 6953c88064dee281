using System.Text.Json.Serialization;

namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record Discussion : Delivery
{
    [JsonPropertyName("discussion")]
    public required Numbered Subject { get; init; }

    protected override string What => Subject.ToString();
}
