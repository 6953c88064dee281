using Zanshin.LocalQueue;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.Testing.Queues;

/// <summary>
/// The network between a client and the queues of a test: makes queues that are named, records what is sent, and counts the receives that are open,
/// so that a message between the queue and the worker is not taken for none.
/// </summary>
/// <param name="faults">Comes after the tap; null for the test's own client, of which nothing is recorded.</param>
/// <param name="delivers">False: what is sent is kept from receives, because it is not for a worker that polls.</param>
internal sealed class QueueTap(LocalSqs sqs, SqsFaults? faults, QueueMaker maker, Traffic traffic, SentLog sent, bool delivers) : HttpMessageHandler
{
    private LocalSqsHandler? _handler;

    // In the field it would need this tap before there is one.
    private LocalSqsHandler Handler => _handler ??= new LocalSqsHandler(sqs) { Answering = AnswerAsync };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Handler.AnswerAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _handler?.Dispose();
        base.Dispose(disposing);
    }

    // As in the transport itself, nothing here comes back to a caller's context.
    private async ValueTask<SqsResponse> AnswerAsync(ReadCall call, CancellationToken cancel)
    {
        if (call.Request.Queue is { } queue)
            maker.Ensure(queue);
        if (call.Request is ReceiveMessage receive)
            return await ReceiveAsync(call, receive, cancel).ConfigureAwait(false);
        return faults is null ? await GoOnAsync(call, cancel).ConfigureAwait(false) : await NotedAsync(call, cancel).ConfigureAwait(false);
    }

    // What the queue has is sent, whatever becomes of its answer.
    private async ValueTask<SqsResponse> NotedAsync(ReadCall call, CancellationToken cancel)
    {
        List<SentMessage> noted = [];
        SqsResponse response;
        try
        {
            response = await GoOnAsync(call with { Answered = (request, answer) => noted = sent.Note(request, answer) }, cancel).ConfigureAwait(false);
        }
        catch
        {
            sent.Unanswered(noted);
            throw;
        }
        sent.Answered(noted);
        return response;
    }

    private async ValueTask<SqsResponse> ReceiveAsync(ReadCall call, ReceiveMessage receive, CancellationToken cancel)
    {
        if (!delivers && faults is not null && sqs.Engine.Find(receive.Queue ?? "") is { } queue)
            receive.QueueUrl = maker.EmptyLike(queue);
        traffic.ReceiveOpens();
        try
        {
            return await GoOnAsync(call, cancel).ConfigureAwait(false);
        }
        finally
        {
            traffic.ReceiveEnded();
        }
    }

    private ValueTask<SqsResponse> GoOnAsync(ReadCall call, CancellationToken cancel) => faults is null ? call.AnswerAsync(cancel) : faults.AnswerAsync(call, cancel);
}
