using System.Text.Json.Serialization;

namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record Release : Delivery
{
    [JsonPropertyName("release")]
    public required Version Released { get; init; }

    protected override string What => Released.TagName;

    internal sealed record Version
    {
        public required string TagName { get; init; }

        public required bool Prerelease { get; init; }
    }
}
