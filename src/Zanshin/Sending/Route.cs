namespace Zanshin.Sending;

/// <summary>Where bodies of one type go, and under which type name.</summary>
internal abstract class Route(string queue, string? type)
{
    public string Queue => queue;

    public string? Type => type;

    public abstract Type BodyType { get; }
}
