namespace Zanshin;

/// <summary>Sends messages along the routes of the setup. Thread-safe.</summary>
public interface ISender
{
    /// <summary>Sends one message; returns when SQS has it. Failed calls are repeated a few times.</summary>
    /// <returns>The message id.</returns>
    /// <exception cref="InvalidOperationException">There is no route for <typeparamref name="T"/>.</exception>
    /// <exception cref="ArgumentException">SQS would not take the options: a delay over 15 minutes, a FIFO queue without a group, a body over 1 MiB.</exception>
    Task<string> SendAsync<T>(T body, SendOptions? options = null, CancellationToken cancel = default);

    /// <summary>
    /// Sends any number of messages in batches of up to 10 and 1 MiB. Failed entries are repeated a few times; those that
    /// still failed are in the exception, and the others are sent; on a FIFO queue nothing is sent after a batch with a failure. All are
    /// checked before the first is sent.
    /// </summary>
    /// <param name="options">For each body; null for none.</param>
    /// <exception cref="SendFailedException">Some could not be sent.</exception>
    Task SendAllAsync<T>(IEnumerable<T> bodies, Func<T, SendOptions?>? options = null, CancellationToken cancel = default);
}
