namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record Ping : Delivery
{
    public required string Zen { get; init; }

    protected override string What => $"\"{Zen}\"";
}
