namespace Zanshin;

/// <summary>
/// Code around every handler of a worker or of one queue. Resolved from the message's DI scope. It sees the handler's
/// outcome and its exceptions, may change the outcome, and may return without calling the next delegate. Deleting,
/// retrying and extending are not middleware: no order of middleware changes delivery.
/// </summary>
public interface IMiddleware
{
    ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel);
}
