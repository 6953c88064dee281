namespace Zanshin.Cli.Demo.Webhooks;

/// <summary>An issue, a pull request or a discussion.</summary>
internal sealed record Numbered
{
    public required int Number { get; init; }

    public required string Title { get; init; }

    public override string ToString() => $"#{Number} \"{Title}\"";
}
