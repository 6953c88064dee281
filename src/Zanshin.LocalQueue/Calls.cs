using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue;

/// <summary>
/// One call from request to answer, the same for every transport: 1. act, 2. wait for messages if the call asked to, 3. wait until
/// what was done is safe, 4. answer, unless the caller is gone: then what it received goes back.
/// </summary>
internal static class Calls
{
    /// <param name="engine">All queues.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="baseUrl">What queue URLs begin with.</param>
    /// <param name="inline">Whether a long poll goes on, on the thread that woke it.</param>
    /// <param name="cancel">Cancelled when the caller is gone.</param>
    internal static async ValueTask<SqsResponse> AnswerAsync(
        SqsEngine engine, SqsRequest request, string baseUrl, bool inline, CancellationToken cancel)
    {
        PendingReceive? pending = null;
        // Before it acts: what fails between the act and the wait for its commit has withdrawn what it sent.
        var failures = engine.Journal.Failures;
        var response = request.Execute(new(engine, request.Region ?? engine.Region, baseUrl, (queue, receive) => pending = new(queue, receive, inline)));
        if (response is null)
        {
            response = await pending!.AnswerAsync(cancel).ConfigureAwait(false);
            // What failed while it waited was not its own.
            failures = engine.Journal.Failures;
        }

        if (!request.Changes || response.Error is not null || response is ReceiveMessage.Response { Messages.Length: 0 }) return response;
        try
        {
            await engine.Journal.Committed(engine.Journal.Appended, failures).ConfigureAwait(false);
        }
        catch (JournalException e)
        {
            (response as ReceiveMessage.Response)?.GiveBack();
            return new ErrorResponse(SqsError.Unavailable(e.Message));
        }

        if (cancel.IsCancellationRequested)
        {
            (response as ReceiveMessage.Response)?.GiveBack();
            cancel.ThrowIfCancellationRequested();
        }

        return response;
    }
}
