namespace Zanshin;

/// <summary>Sends messages along the routes of the setup. Thread-safe.</summary>
public interface ISender
{
    /// <summary>Sends one message; returns when SQS has it. Failed calls are repeated a few times.</summary>
    /// <returns>The message id; null when a send middleware withheld the message.</returns>
    /// <exception cref="InvalidOperationException">There is no route for <typeparamref name="T"/>.</exception>
    /// <exception cref="ArgumentException">SQS would not take the message: a delay over 15 minutes, a FIFO queue without a group, a body over 1 MiB.</exception>
    /// <exception cref="ZanshinConfigurationException">Before the first message to its queue: there is no such queue, or nothing says where SQS is.</exception>
    /// <exception cref="SendFailedException">It could not be sent; or SQS could not be asked for its queue, which is done before the first message to it.</exception>
    /// <exception cref="OperationCanceledException">At once when <paramref name="cancel"/> is cancelled. A call that was under way may have reached SQS.</exception>
    Task<string?> SendAsync<T>(T body, SendOptions? options = null, CancellationToken cancel = default);

    /// <summary>
    /// Sends any number of messages in batches of up to 10 and 1 MiB, up to 4 batches at a time. Of a group of a FIFO queue one message at a time is
    /// under way, so that order is kept whatever fails: a group by itself goes one message a call. Failed entries are repeated a few times, they alone;
    /// those that still failed are in the exception, with what stands behind them in their group, and the others are sent. Once SQS has confirmed nothing in all
    /// tries of a message, the rest is not tried. All are checked, and have passed the send middleware, before the first is sent.
    /// </summary>
    /// <param name="options">For each body; null for none.</param>
    /// <exception cref="ArgumentException">SQS would not take one of them: none is sent.</exception>
    /// <exception cref="ZanshinConfigurationException">There is no such queue as one of them is for, or nothing says where SQS is: none is sent.</exception>
    /// <exception cref="SendFailedException">Some could not be sent; of those to one queue none, where SQS could not be asked for it.</exception>
    /// <exception cref="OperationCanceledException">At once when <paramref name="cancel"/> is cancelled. Some may have been sent.</exception>
    Task SendAllAsync<T>(IEnumerable<T> bodies, Func<T, SendOptions?>? options = null, CancellationToken cancel = default);

    /// <summary>
    /// The same, with a result for each message, in the order given, instead of an exception for those that could not be sent. A call
    /// that is cancelled while it sends gives results too, at once: they say what was confirmed, and what SQS may have because its answer was not waited for.
    /// </summary>
    /// <inheritdoc cref="SendAllAsync"/>
    Task<IReadOnlyList<SendResult<T>>> TrySendAllAsync<T>(IEnumerable<T> bodies, Func<T, SendOptions?>? options = null, CancellationToken cancel = default);
}
