namespace Zanshin.Sending;

internal sealed class Route<T>(string queue, string? type, BodyReader<T> body, RouteBuilder? options) : Route(queue, type, options)
{
    public BodyReader<T> Body => body;

    public override Type BodyType => typeof(T);
}
