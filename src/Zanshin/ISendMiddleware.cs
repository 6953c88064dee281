namespace Zanshin;

/// <summary>
/// Code through which every message passes before it is sent: a single one, each of many, a buffered one. Resolved from a DI scope of its
/// own for each call of the sender.
/// </summary>
public interface ISendMiddleware
{
    /// <summary>
    /// May change the message's text, attributes and options. Without a call of <paramref name="next"/> the message is not sent, and its
    /// result says so. An exception goes to whoever sends; of many messages none is sent then.
    /// </summary>
    /// <param name="next">
    /// The rest of the middleware; it returns when the message is ready, not when it has been sent: of many messages all are made ready,
    /// one after the other, before the first is sent.
    /// </param>
    ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel);
}
