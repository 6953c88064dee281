namespace Zanshin.Sending;

/// <summary>Where bodies of one type go, and under which type name.</summary>
/// <param name="options">What is different for its messages; null for nothing.</param>
internal abstract class Route(string queue, string? type, RouteBuilder? options)
{
    public string Queue => queue;

    public string? Type => type;

    public RouteBuilder? Options => options;

    public abstract Type BodyType { get; }
}
