namespace Zanshin;

/// <summary>
/// Is told of every failure: for an error tracker, an alarm, a record. Resolved from the message's DI scope, after all middleware and
/// before the scope ends. Several are called in their order, each whatever becomes of the others: what one throws is logged. It changes
/// nothing: what becomes of the message is decided before.
/// </summary>
/// <remarks>
/// <para>A failure is an exception that has come through all middleware: of a handler, of a middleware or of the end of the DI scope; an unreadable
/// body and an unknown type; a time limit that was heeded by its exception. Told of retried and of rejected messages alike; of a batch once for
/// each message that failed.</para>
/// <para>No failure is a cancellation because the worker stops or the lease was lost, an <see cref="Outcome.Retry()"/> or
/// <see cref="Outcome.Reject"/> that was returned, nor an exception that a middleware turned into an outcome.</para>
/// <para>The message keeps its slot and its lease meanwhile. A call is cancelled after 10 s, or when the worker stops; after 30 s in all
/// the failures that are left of a batch are not told, which is logged.</para>
/// </remarks>
public interface IFailureHandler
{
    ValueTask HandleAsync(Failure failure, CancellationToken cancel);
}
