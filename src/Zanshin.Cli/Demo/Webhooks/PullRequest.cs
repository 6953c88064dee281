using System.Text.Json.Serialization;

namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record PullRequest : Delivery
{
    [JsonPropertyName("pull_request")]
    public required Numbered Request { get; init; }

    protected override string What => Request.ToString();
}
