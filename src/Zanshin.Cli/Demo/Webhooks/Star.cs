namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record Star : Delivery
{
    /// <summary>Null when the star was taken back.</summary>
    public required DateTimeOffset? StarredAt { get; init; }

    protected override string What => $"a star by {Sender?.Login}";
}
