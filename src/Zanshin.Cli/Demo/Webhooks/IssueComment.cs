namespace Zanshin.Cli.Demo.Webhooks;

internal sealed record IssueComment : Delivery
{
    public required Numbered Issue { get; init; }

    public required Said Comment { get; init; }

    protected override string What => $"{Comment.User.Login} on {Issue}";

    internal sealed record Said
    {
        public required User User { get; init; }

        public required string Body { get; init; }
    }
}
