using System.Text.Json.Serialization;

namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record WorkflowRun : Delivery
{
    [JsonPropertyName("workflow_run")]
    public required OneRun Run { get; init; }

    protected override string What => $"{Run.Name} number {Run.RunNumber}: {Run.Conclusion ?? "under way"}";

    internal sealed record OneRun
    {
        public string? Name { get; init; }

        public required int RunNumber { get; init; }

        public string? Conclusion { get; init; }
    }
}
