using System.Text.Json.Serialization;

namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record CheckRun : Delivery
{
    [JsonPropertyName("check_run")]
    public required Check Run { get; init; }

    protected override string What => $"{Run.Name}: {Run.Conclusion ?? Run.Status}";

    internal sealed record Check
    {
        public required string Name { get; init; }

        public required string Status { get; init; }

        public string? Conclusion { get; init; }
    }
}
