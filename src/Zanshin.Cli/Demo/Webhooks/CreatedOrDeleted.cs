namespace Zanshin.Cli.Demo.Webhooks;

/// <summary>A branch or a tag that was made or deleted.</summary>
internal sealed record CreatedOrDeleted : Delivery
{
    public required string Ref { get; init; }

    public required string RefType { get; init; }

    protected override string What => $"{RefType} {Ref}";
}
