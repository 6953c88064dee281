using Amazon.SQS.Model;

namespace Zanshin;

/// <summary>
/// One message on its way out, as send middleware sees it and may change it: the body is written, nothing is checked yet. Not thread-safe;
/// not to be kept after the return.
/// </summary>
public sealed class Outgoing
{
    internal Outgoing(object? body, string text, string? type, string queue, bool fifo, IServiceProvider services) =>
        (Body, Text, Type, Queue, Fifo, Services) = (body, text, type, queue, fifo, services);

    /// <summary>The body as it was given.</summary>
    public object? Body { get; }

    /// <summary>The body as it is sent. Another text may take its place: a smaller one, an encrypted one, the name of where it is kept.</summary>
    public string Text { get; set; }

    /// <summary>The route's type name; among the attributes too.</summary>
    public string? Type { get; }

    /// <summary>The queue's name, URL or ARN, as it was given.</summary>
    public string Queue { get; }

    public bool Fifo { get; }

    /// <summary>The sender's attributes and the type name. What Zanshin adds (ambient values, trace context) comes after all middleware.</summary>
    public IDictionary<string, MessageAttributeValue> Attributes { get; } = new Dictionary<string, MessageAttributeValue>();

    /// <inheritdoc cref="SendOptions.Delay"/>
    public TimeSpan? Delay { get; set; }

    /// <inheritdoc cref="SendOptions.Group"/>
    public string? Group { get; set; }

    /// <inheritdoc cref="SendOptions.DeduplicationId"/>
    public string? DeduplicationId { get; set; }

    /// <summary>A DI scope of its own for each call of the sender, shared by the messages of one call.</summary>
    public IServiceProvider Services { get; }

    internal bool Accepted { get; set; }
}
