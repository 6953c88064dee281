namespace Zanshin.Cli.Demo.Webhooks;

/// <summary>What all of GitHub's deliveries have in common (docs.github.com, "Webhook events and payloads"); not every event has every field.</summary>
internal record Delivery
{
    public string? Action { get; init; }

    public Repo? Repository { get; init; }

    public User? Sender { get; init; }

    /// <summary>What it is about, in a few words.</summary>
    public sealed override string ToString() => string.Join(' ', new[] { Action, What, Where }.Where(static part => !string.IsNullOrEmpty(part)));

    protected virtual string What => Sender is null ? "" : $"by {Sender.Login}";

    private string Where => Repository is null ? "" : $"in {Repository.FullName}";

    internal sealed record Repo
    {
        public required string FullName { get; init; }
    }

    internal sealed record User
    {
        public required string Login { get; init; }
    }
}
