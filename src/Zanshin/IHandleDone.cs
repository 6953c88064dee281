namespace Zanshin;

/// <summary>A handler with nothing to say but that it has finished: a return is <see cref="Outcome.Done"/>.</summary>
public interface IHandleDone<T> : IHandle<T>
{
    /// <inheritdoc cref="IHandle{T}.HandleAsync"/>
    new ValueTask HandleAsync(Message<T> message, CancellationToken cancel);

    async ValueTask<Outcome> IHandle<T>.HandleAsync(Message<T> message, CancellationToken cancel)
    {
        await HandleAsync(message, cancel);
        return Outcome.Done;
    }
}
