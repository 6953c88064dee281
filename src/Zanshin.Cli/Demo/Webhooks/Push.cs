namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record Push : Delivery
{
    public required string Ref { get; init; }

    public required Commit[] Commits { get; init; }

    protected override string What => $"{Commits.Length} commits to {Ref}";

    internal sealed record Commit
    {
        public required string Id { get; init; }

        public required string Message { get; init; }
    }
}
