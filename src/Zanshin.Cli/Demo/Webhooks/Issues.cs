namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record Issues : Delivery
{
    public required Numbered Issue { get; init; }

    protected override string What => Issue.ToString();
}
