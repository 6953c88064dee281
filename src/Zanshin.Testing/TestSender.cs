using System.Globalization;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Hosting;
using Zanshin.Testing.Runs;

namespace Zanshin.Testing;

/// <summary>
/// The sending side of a test without a worker: <c>AddRecordedSender</c> and <c>AddInlineSender</c> register it. Thread-safe; drain from one place at a time.
/// </summary>
public sealed class TestSender
{
    private readonly IServiceProvider _services;
    private readonly LocalQueueOptions _options;
    private readonly bool _inline;
    private readonly TestQueues _queues;
    private readonly ZanshinBuilder? _setup;
    private readonly Lock _lock = new(); // guards _handled
    private readonly List<HandlerResult> _handled = [];

    internal TestSender(IServiceProvider services, LocalQueueOptions options, bool inline)
    {
        (_services, _options, _inline) = (services, options, inline);
        _queues = services.GetRequiredService<TestQueues>();
        _setup = services.GetService<ZanshinBuilder>();
    }

    /// <summary>What was sent so far, in order.</summary>
    public SentMessages Sent => _queues.Sent;

    /// <summary>What came of each run of a handler so far, in order: one for each message.</summary>
    public IReadOnlyList<HandlerResult> Handled
    {
        get
        {
            lock (_lock)
                return [.. _handled];
        }
    }

    /// <summary>
    /// In the recorded mode: runs what was sent through its handlers, one after the other in the order of sending, and then what these have sent, until nothing is
    /// left; what was buffered is sent first. Delays are not waited for. A retry goes to the end of the line with its receive count raised, and after <see cref="LocalQueueOptions.MaxReceives"/> to the
    /// dead-letter queue; where an exception ends the drain, the next one goes on with it. What goes to queues that the set-up does not work stays recorded only.
    /// </summary>
    /// <param name="throws">Whether an exception of a handler ends it and is thrown; the message that it was about is not run again. If not, it is a retry or a reject as in production.</param>
    /// <param name="atMost">How many runs: handlers that send each other messages for ever end here.</param>
    /// <returns>What came of each run, in order.</returns>
    /// <exception cref="InvalidOperationException">In the inline mode: what was sent has been run.</exception>
    /// <exception cref="HandlerTestException">So many runs were not enough, or a handler has not ended in 30 s (on virtual time in 13 hours of that).</exception>
    public async Task<IReadOnlyList<HandlerResult>> DrainAsync(bool throws = true, int atMost = 1000, CancellationToken cancel = default)
    {
        if (_inline)
            throw new InvalidOperationException("In the inline mode there is nothing to drain: every send has run its handlers. For messages that wait until they are drained say AddRecordedSender.");
        List<HandlerResult> results = [];
        await FlushAsync(_services, cancel);
        while (true)
        {
            if (_queues.Log.Take() is not { } next)
                return results;
            if (Works(next.Message.Queue) is null)
                continue;
            if (results.Count >= atMost)
            {
                _queues.Log.Again(next.Message, next.ReceiveCount);
                throw new HandlerTestException(string.Create(CultureInfo.InvariantCulture, $"After {atMost} runs there are still messages, the next one {next.Message} (receive {next.ReceiveCount}): do handlers send each other messages for ever, or ask for retries for ever?"));
            }
            HandlerResult result = (await RunAsync([next.Message], next.ReceiveCount, cancel))[0];
            results.Add(result);
            if (throws && result.Exception is { } exception)
                ExceptionDispatchInfo.Throw(exception);
            if (result.Settled.Kind != SettlementKind.Retry)
                continue;
            if (next.ReceiveCount < _options.MaxReceives)
                _queues.Log.Again(next.Message, next.ReceiveCount + 1);
            else if (_queues.Find(next.Message.Queue).Settings.Redrive is { } redrive)
                TrialMessage.Put([Trial(next.Message, next.ReceiveCount)], _queues.Find(redrive.TargetQueue));
        }
    }

    /// <summary>Runs these one after the other, until one throws.</summary>
    internal async Task RunInlineAsync(IReadOnlyList<SentMessage> sent, bool throws)
    {
        for (int i = 0; i < sent.Count;)
        {
            if (Works(sent[i].Queue) is not { } queue)
            {
                i++;
                continue;
            }
            // What was sent together to a batch handler comes to it together, as far as one receive brings it.
            int most = queue.Batches.Count == 0 ? 1 : Math.Min(SqsLimits.Batch, queue.Batches[0].Max);
            List<SentMessage> together = [.. sent.Skip(i).Take(most).TakeWhile(m => m.Queue == sent[i].Queue)];
            i += together.Count;
            HandlerResult result = (await RunAsync(together, receiveCount: 1, CancellationToken.None))[0];
            if (throws && result.Exception is { } exception)
                ExceptionDispatchInfo.Throw(exception);
        }
    }

    private async Task<IReadOnlyList<HandlerResult>> RunAsync(List<SentMessage> messages, int receiveCount, CancellationToken cancel)
    {
        string queue = messages[0].Queue;
        int before = Sent.Count;
        TrialResult result = await new Trial(_services, new TrialTerms { Queues = _options, Timeout = TrialTerms.TimeoutOn(_queues.Time) }).RunAsync(queue, messages.ConvertAll(m => Trial(m, receiveCount)), cancel);
        await FlushAsync(_services, cancel);
        SentMessage[] sent = [.. Sent.Skip(before)];
        List<HandlerResult> results = [.. result.Messages.Select(message => new HandlerResult(queue, result, message, sent))];
        lock (_lock)
            _handled.AddRange(results);
        return results;
    }

    /// <summary>What was buffered is sent, or has failed.</summary>
    internal static async Task FlushAsync(IServiceProvider services, CancellationToken cancel)
    {
        try
        {
            await services.GetRequiredService<IBufferedSender>().FlushAsync(cancel);
        }
        catch (SendFailedException)
        {
            // Told by the messages' own Sent. What was not sent is not recorded.
        }
    }

    private QueueBuilder? Works(string queue) =>
        _setup?.Queues.Find(q => QueueResolver.NameOf(q.Name) == queue && (q.Handlers.Count > 0 || q.Batches.Count > 0));

    private static TrialMessage Trial(SentMessage message, int receiveCount) => new(message.MessageId, TrialMessage.Due(message), message.SentAt) { ReceiveCount = receiveCount };
}
