namespace Zanshin.Sending;

internal sealed class Route<T>(string queue, string? type, BodyReader<T> body) : Route(queue, type)
{
    public BodyReader<T> Body => body;

    public override Type BodyType => typeof(T);
}
