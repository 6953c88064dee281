using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

internal sealed class SqsSender(ZanshinBuilder setup, Preparation preparation, SendQueues queues, IServiceScopeFactory scopes, Surroundings surroundings, ILogger<ISender> logger) : ISender
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    private readonly SafeLogger _logger = new(logger);

    public async Task<string?> SendAsync<T>(T body, SendOptions? options = null, CancellationToken cancel = default)
    {
        Route<T> route = Routes.Of<T>(setup);
        using SendTrace trace = SendTrace.Start(options?.Queue ?? route.Queue, _logger);
        Draft draft;
        // Closed before the send: what its services throw at their end says nothing about the message.
        await using (AsyncServiceScope scope = scopes.CreateAsyncScope())
            draft = await preparation.PrepareAsync(route, body, options, trace, scope.ServiceProvider, cancel);
        if (!draft.Withheld)
            await SendAsync(draft.Queue, [draft], cancel);
        trace.Ended([draft]);
        if (!draft.Failed)
            return draft.Answer.Id;
        cancel.ThrowIfCancellationRequested();
        throw new SendFailedException($"The {typeof(T).Name} could not be sent to '{draft.QueueName}': {draft.Answer.Failure?.Reason}.", [body]);
    }

    public async Task SendAllAsync<T>(IEnumerable<T> bodies, Func<T, SendOptions?>? options = null, CancellationToken cancel = default)
    {
        IReadOnlyList<SendResult<T>> results = await TrySendAllAsync(bodies, options, cancel);
        List<object?> unsent = [.. results.Where(static r => r.Failure is not null).Select(static r => (object?)r.Body)];
        if (unsent.Count == 0)
            return;
        cancel.ThrowIfCancellationRequested();
        throw new SendFailedException($"{unsent.Count} of {results.Count} messages could not be sent: {results.First(static r => r.Failure is not null).Failure!.TrimEnd('.')}.", unsent);
    }

    public async Task<IReadOnlyList<SendResult<T>>> TrySendAllAsync<T>(IEnumerable<T> bodies, Func<T, SendOptions?>? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(bodies);
        Route<T> route = Routes.Of<T>(setup);
        using SendTrace trace = SendTrace.Start(route.Queue, _logger);
        List<(T Body, Draft? Draft, string? Unknown)> all = [];
        Dictionary<string, string> unknown = new(StringComparer.Ordinal); // queues that SQS could not be asked for, and why: asked for once
        // All are ready before the first is sent: a bad one among them sends none.
        await using (AsyncServiceScope scope = scopes.CreateAsyncScope())
        {
            foreach (T body in bodies)
            {
                SendOptions? its = options?.Invoke(body);
                string? why = await UnknownAsync(its?.Queue ?? route.Queue, unknown, trace, cancel);
                all.Add((body, why is null ? await preparation.PrepareAsync(route, body, its, trace, scope.ServiceProvider, cancel) : null, why));
            }
        }
        cancel.ThrowIfCancellationRequested();
        List<Draft> drafts = [.. all.Select(static one => one.Draft).OfType<Draft>()];
        foreach (IGrouping<SqsQueue, Draft> queue in drafts.Where(static d => !d.Withheld).GroupBy(static d => d.Queue))
            await SendAsync(queue.Key, queue, cancel);
        trace.Ended(drafts);
        return all.ConvertAll(static one => one.Draft is { } draft ? Result(one.Body, draft) : new SendResult<T>(one.Body) { Failure = one.Unknown });
    }

    private Task<SqsFailure?> SendAsync(SqsQueue queue, IEnumerable<Draft> drafts, CancellationToken cancel) => BulkSend.RunAsync(
        queue.Facts.Fifo, (entries, answers, abandon) => queue.SendBatchAsync(entries, answers, CallLimit, abandon), drafts, surroundings, cancel);

    private async ValueTask<string?> UnknownAsync(string queue, Dictionary<string, string> unknown, SendTrace trace, CancellationToken cancel)
    {
        if (unknown.TryGetValue(queue, out string? why))
            return why;
        try
        {
            await queues.FindAsync(queue, cancel);
            return null;
        }
        catch (QueueUnknownException problem)
        {
            trace.Failed(problem.InnerException!);
            return unknown[queue] = problem.Message;
        }
    }

    private static SendResult<T> Result<T>(T body, Draft draft) => draft.Withheld ? new(body) : new(body)
    {
        MessageId = draft.Answer.Id,
        SequenceNumber = draft.Answer.SequenceNumber,
        Failure = draft.Failed ? draft.Answer.Failure?.Reason ?? "unknown" : null,
    };
}
