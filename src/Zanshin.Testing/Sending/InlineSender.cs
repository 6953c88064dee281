using Zanshin.Testing.Queues;

namespace Zanshin.Testing.Sending;

/// <summary>The real sender; what SQS has taken in the course of a call is run before the call returns.</summary>
internal sealed class InlineSender : ISender
{
    // The messages sent in the course of the call that is under way here.
    private static readonly AsyncLocal<List<SentMessage>?> s_course = new();

    private readonly ISender _sender;
    private readonly TestSender _test;
    private readonly bool _throws;

    public InlineSender(ISender sender, TestSender test, TestQueues queues, bool throws)
    {
        (_sender, _test, _throws) = (sender, test, throws);
        SentLog log = queues.Log;
        log.Noted = static message =>
        {
            // Batches of one call may go out side by side.
            if (s_course.Value is { } course)
            {
                lock (course)
                    course.Add(message);
            }
        };
    }

    public Task<string?> SendAsync<T>(T body, SendOptions? options = null, CancellationToken cancel = default) =>
        InlineAsync(() => _sender.SendAsync(body, options, cancel));

    public Task SendAllAsync<T>(IEnumerable<T> bodies, Func<T, SendOptions?>? options = null, CancellationToken cancel = default) => InlineAsync(async () =>
    {
        await _sender.SendAllAsync(bodies, options, cancel);
        return true;
    });

    public Task<IReadOnlyList<SendResult<T>>> TrySendAllAsync<T>(IEnumerable<T> bodies, Func<T, SendOptions?>? options = null, CancellationToken cancel = default) =>
        InlineAsync(() => _sender.TrySendAllAsync(bodies, options, cancel));

    private async Task<TResult> InlineAsync<TResult>(Func<Task<TResult>> send)
    {
        List<SentMessage> sent = [];
        List<SentMessage>? outer = s_course.Value;
        s_course.Value = sent;
        TResult result;
        try
        {
            result = await send();
        }
        finally
        {
            s_course.Value = outer;
        }
        await _test.RunInlineAsync(sent, _throws);
        return result;
    }
}
