using System.Text;
using Zanshin.LocalQueue;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.Testing.Faults;

/// <summary>A batch of which some entries fail: they are taken out of the call before the queue has it, and put into its answer.</summary>
internal static class BatchFault
{
    /// <summary>Null if no entry is struck.</summary>
    public static Fate? Aim(SqsRequest request, Func<SqsBatchEntry, bool> which, SqsError error)
    {
        string[] struck = [.. EntriesOf(request).Where(which).Select(static e => e.Id)];
        return struck.Length == 0 ? null : (call, cancel) => AnswerAsync(call, struck, error, cancel);
    }

    // None of a batch that SQS refuses as a whole.
    private static List<SqsBatchEntry> EntriesOf(SqsRequest request) => request switch
    {
        SendMessageBatch send when IsSound(send.Entries, static e => e.Id) =>
            [.. send.Entries.Select(static (e, i) => new SqsBatchEntry(i, e.Id!) { Body = Encoding.UTF8.GetString(e.Body ?? []) })],
        DeleteMessageBatch delete when IsSound(delete.Entries, static e => e.Id) =>
            [.. delete.Entries.Select(static (e, i) => new SqsBatchEntry(i, e.Id!) { ReceiptHandle = e.ReceiptHandle })],
        ChangeMessageVisibilityBatch change when IsSound(change.Entries, static e => e.Id) =>
            [.. change.Entries.Select(static (e, i) => new SqsBatchEntry(i, e.Id!) { ReceiptHandle = e.ReceiptHandle })],
        _ => [],
    };

    private static bool IsSound<T>(List<T> entries, Func<T, string?> idOf) => BatchEntries.Check(entries, "Entry", idOf) is null;

    private static async ValueTask<SqsResponse> AnswerAsync(ReadCall call, string[] struck, SqsError error, CancellationToken cancel)
    {
        // An empty batch is an error of its own, so the queue does not see it.
        SqsResponse response = TakeOut(call.Request, struck) > 0 ? await call.AnswerAsync(cancel).ConfigureAwait(false) : Empty(call.Request);
        List<BatchError>? failed = response switch
        {
            SendMessageBatch.Response sent => sent.Failed,
            BatchResponse done => done.Failed,
            _ => null, // The rest failed as a whole.
        };
        failed?.AddRange(struck.Select(id => new BatchError(id, error)));
        return response;
    }

    /// <summary>How many entries are left.</summary>
    private static int TakeOut(SqsRequest request, string[] struck)
    {
        switch (request)
        {
            case SendMessageBatch send:
                send.Entries.RemoveAll(e => struck.Contains(e.Id));
                return send.Entries.Count;
            case DeleteMessageBatch delete:
                delete.Entries.RemoveAll(e => struck.Contains(e.Id));
                return delete.Entries.Count;
            default:
                var change = (ChangeMessageVisibilityBatch)request;
                change.Entries.RemoveAll(e => struck.Contains(e.Id));
                return change.Entries.Count;
        }
    }

    private static SqsResponse Empty(SqsRequest request) => request is SendMessageBatch ? new SendMessageBatch.Response([], []) : new BatchResponse([], []);
}
