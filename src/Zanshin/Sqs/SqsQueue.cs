using System.Diagnostics;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Timing;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Sqs;

/// <summary>
/// The calls to one queue, the only ones that the worker makes: each with a time limit, counted, never repeated here.
/// Who calls decides whether and when to try again, on the worker's clock. Thread-safe.
/// </summary>
/// <param name="endpoint">Told of every answer.</param>
/// <param name="logger">Told what callbacks on a call's token throw.</param>
/// <param name="giveUp">Cancelled at the very end of a stop: ends the calls that are still under way.</param>
internal sealed class SqsQueue(IAmazonSQS client, Endpoint endpoint, QueueFacts facts, Surroundings surroundings, QueueCounts counts, ILogger logger, CancellationToken giveUp)
{
    private static readonly List<string> All = ["All"];
    private static readonly List<string> Little = ["VisibilityTimeout"];

    /// <summary>What SQS takes at most from handing messages out to dating its answer.</summary>
    private static readonly TimeSpan FromFirst = TimeSpan.FromMilliseconds(50);

    private const int AsksForTime = 3;

    private static readonly TimeSpan LongestAsk = TimeSpan.FromSeconds(1);

    /// <summary>A server that tells no time is not asked for it more often.</summary>
    private static readonly TimeSpan LearnAgain = TimeSpan.FromHours(1);

    /// <summary>What the time stamp of a receipt leaves open.</summary>
    private static readonly TimeSpan Stamp = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan ReceiveLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Beyond its wait, no receive takes longer.</summary>
    public static readonly TimeSpan LongestReceive = ReceiveLimit + Patience;

    private TimeSpan _learnAgain; // the pulse's

    private readonly RoundTrip _roundTrip = new(facts.RoundTrip);
    private readonly RequestWatch _watch = new(counts.Instruments, client, facts);
    private readonly ServerClock _clock = Clock(client, facts);

    /// <summary>The queue's name.</summary>
    public string Name => _watch.Queue;

    public QueueFacts Facts => facts;

    /// <summary>How long a call takes that does not wait, as measured; bounded.</summary>
    public TimeSpan RoundTrip => _roundTrip.Typical;

    /// <param name="abandon">Ends the call at the client. SQS may hand out messages to it all the same: for a stop only.</param>
    public Task<(List<SqsMessage> Messages, HandOut HandOut)> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, string? attemptId, CancellationToken abandon) =>
        ReceiveAsync(max, wait, visibility, attemptId, wait + ReceiveLimit, abandon);

    /// <summary>Asks for what SQS has given to an earlier attempt, without waiting.</summary>
    public Task<(List<SqsMessage> Messages, HandOut HandOut)> ReceiveAgainAsync(int max, TimeSpan visibility, string attemptId, TimeSpan within) =>
        ReceiveAsync(max, TimeSpan.Zero, visibility, attemptId, within, giveUp);

    private async Task<(List<SqsMessage> Messages, HandOut HandOut)> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, string? attemptId, TimeSpan within, CancellationToken end)
    {
        counts.Add(Count.Receives);
        var request = new ReceiveMessageRequest
        {
            QueueUrl = facts.Url,
            MaxNumberOfMessages = max,
            WaitTimeSeconds = (int)wait.TotalSeconds,
            VisibilityTimeout = (int)visibility.TotalSeconds,
            ReceiveRequestAttemptId = attemptId,
            MessageSystemAttributeNames = All,
            MessageAttributeNames = All,
        };
        using CallToken limit = Limit(within, end);
        TimeSpan called = surroundings.Now;
        ReceiveMessageResponse response = await CallAsync(
            RequestKind.Receive, 0, request, static (client, request, token) => client.ReceiveMessageAsync(request, token), within, limit.Token);
        TimeSpan answered = surroundings.Now;
        endpoint.Answered();
        Billed(Payload.Requests(response.Messages));
        List<SqsMessage> messages = response.Messages ?? [];
        (TimeSpan, TimeSpan)? byServer = null;
        // In doubt about the own clock a date says nothing; and without it an answer that was long on the line would pass as fresh.
        TimeSpan missed = surroundings.Doubt.Missed;
        if (messages.Count > 0 && surroundings.InDoubt)
            await surroundings.Doubt.EndedAsync();
        if (AnswerDate.Of(response) is { } date)
        {
            // Where the clock has moved on by itself meanwhile, the date is not of its time, and what was known of the server's clock is forgotten.
            bool moved = missed != surroundings.Doubt.Missed;
            bool heard = !moved && Heard(called, answered, date, AnswerDate.Width);
            if (messages.Count > 0 && (heard || moved))
            {
                // So little is known of the server's clock that this may be a late answer as well as a fresh one: it is asked, rather than a message run twice.
                for (int i = 0; i < AsksForTime && (_clock.IsVague(surroundings.Now) || (moved && i == 0)); i++)
                    await AskTimeAsync(visibility / 6 < LongestAsk ? visibility / 6 : LongestAsk, end);
                byServer = HandedOut(messages, date, surroundings.Now);
            }
        }
        return (messages, new HandOut(called, answered, RoundTrip, surroundings.Pulse.AwakeSince(called, answered), byServer));
    }

    /// <summary>Asks SQS for the time: how much of it the own clock has missed, at least and at most. Null where that cannot be said.</summary>
    public async Task<(TimeSpan Least, TimeSpan Most)?> AskMissedAsync(TimeSpan within, CancellationToken cancel)
    {
        TimeSpan called = surroundings.Now;
        return await DateNowAsync(within, cancel) is { } date ? _clock.Missed(called, surroundings.Now, date, AnswerDate.Width) : null;
    }

    private async Task<TimeSpan?> DateNowAsync(TimeSpan within, CancellationToken cancel)
    {
        try
        {
            counts.Add(Count.AttributeReads);
            using CallToken limit = Limit(within, cancel);
            return AnswerDate.Of(await Bounded(
                client.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = facts.Url, AttributeNames = Little }, limit.Token), within));
        }
        catch (Exception exception) when (SqsFailure.Of(exception) is not null)
        {
            return null;
        }
    }

    /// <summary>
    /// Asks SQS for the time where what is known of its clock has grown old: the answers of long polls alone do not say it closely enough. A few times a day for a queue that
    /// has nothing, and never for others.
    /// </summary>
    public async Task LearnTimeAsync(CancellationToken cancel)
    {
        TimeSpan called = surroundings.Now;
        if (called < _learnAgain || !_clock.IsVague(called) || surroundings.InDoubt)
            return;
        _learnAgain = called + LearnAgain;
        await AskTimeAsync(Patience, cancel);
    }

    private async Task AskTimeAsync(TimeSpan within, CancellationToken cancel)
    {
        TimeSpan called = surroundings.Now;
        if (await DateNowAsync(within, cancel) is { } date)
            Heard(called, surroundings.Now, date, AnswerDate.Width);
    }

    /// <summary>The worker's clock has moved on by itself: what is known of the server's is true no more.</summary>
    public void ForgetServerClock() => _clock.Forget();

    // The time stamp of a first receipt is that of the hand-out, to the millisecond; of others there is only the second of the answer.
    private (TimeSpan From, TimeSpan To)? HandedOut(List<SqsMessage> messages, TimeSpan date, TimeSpan answered)
    {
        TimeSpan first = TimeSpan.MaxValue;
        foreach (SqsMessage message in messages)
        {
            if (message.Attributes is { } attributes && attributes.TryGetValue("ApproximateReceiveCount", out string? count) && count == "1"
                && attributes.TryGetValue("ApproximateFirstReceiveTimestamp", out string? text) && long.TryParse(text, out long milliseconds)
                && milliseconds > 0 && milliseconds < long.MaxValue / TimeSpan.TicksPerMillisecond && TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond) < first)
                first = TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond);
        }
        // One that does not fit to the answer's date is another clock's, or that of an earlier answer to the same attempt.
        bool dated = first < TimeSpan.MaxValue && first >= date - FromFirst && first <= date + AnswerDate.Width;
        if (!dated)
            return _clock.When(date, AnswerDate.Width, answered) is (TimeSpan from, TimeSpan to) ? (from - FromFirst, to) : null;
        _clock.HeardOf(first, answered);
        return _clock.When(first, Stamp, answered);
    }

    // False while the own clock is in doubt: nothing is learned by it then.
    private bool Heard(TimeSpan called, TimeSpan answered, TimeSpan date, TimeSpan width)
    {
        if (surroundings.InDoubt)
            return false;
        TimeSpan ahead = _clock.Heard(called, answered, date, width);
        if (ahead > TimeSpan.Zero)
            surroundings.Doubt.ServerIsAhead(ahead);
        return true;
    }

    private static ServerClock Clock(IAmazonSQS client, QueueFacts facts)
    {
        AnswerDate.Watch(client);
        return facts.Clock ?? new ServerClock();
    }

    /// <param name="failures">Filled with what went wrong, entry by entry.</param>
    public Task DeleteAsync(List<string> handles, SqsFailure?[] failures, TimeSpan within) =>
        EachWhereRefusedAsync(handles, failures, within, static (queue, some, failed, limit) => queue.DeleteBatchAsync(some, failed, limit));

    /// <param name="failures">Filled with what went wrong, entry by entry.</param>
    public Task ChangeVisibilityAsync(List<VisibilityChange> changes, SqsFailure?[] failures, TimeSpan within) =>
        EachWhereRefusedAsync(changes, failures, within, static (queue, some, failed, limit) => queue.ChangeVisibilityBatchAsync(some, failed, limit));

    private async Task DeleteBatchAsync(List<string> handles, SqsFailure?[] failures, TimeSpan within)
    {
        counts.Add(Count.Deletes);
        var entries = new List<DeleteMessageBatchRequestEntry>(handles.Count);
        for (int i = 0; i < handles.Count; i++)
            entries.Add(new() { Id = Index(i), ReceiptHandle = handles[i] });
        using CallToken limit = Limit(within, giveUp);
        TimeSpan before = surroundings.Now;
        DeleteMessageBatchResponse response = await CallAsync(
            RequestKind.Delete, entries.Count, new DeleteMessageBatchRequest { QueueUrl = facts.Url, Entries = entries },
            static (client, request, token) => client.DeleteMessageBatchAsync(request, token), within, limit.Token);
        TimeSpan answered = surroundings.Now;
        _roundTrip.Measured(answered - before);
        if (AnswerDate.Of(response) is { } date)
            Heard(before, answered, date, AnswerDate.Width);
        endpoint.Answered();
        Read(response.Successful?.ConvertAll(static s => s.Id), response.Failed, failures);
    }

    private async Task ChangeVisibilityBatchAsync(List<VisibilityChange> changes, SqsFailure?[] failures, TimeSpan within)
    {
        counts.Add(Count.VisibilityChanges);
        var entries = new List<ChangeMessageVisibilityBatchRequestEntry>(changes.Count);
        for (int i = 0; i < changes.Count; i++)
            entries.Add(new() { Id = Index(i), ReceiptHandle = changes[i].Handle, VisibilityTimeout = changes[i].Seconds });
        using CallToken limit = Limit(within, giveUp);
        TimeSpan before = surroundings.Now;
        ChangeMessageVisibilityBatchResponse response = await CallAsync(
            RequestKind.ChangeVisibility, entries.Count, new ChangeMessageVisibilityBatchRequest { QueueUrl = facts.Url, Entries = entries },
            static (client, request, token) => client.ChangeMessageVisibilityBatchAsync(request, token), within, limit.Token);
        TimeSpan answered = surroundings.Now;
        _roundTrip.Measured(answered - before);
        if (AnswerDate.Of(response) is { } date)
            Heard(before, answered, date, AnswerDate.Width);
        endpoint.Answered();
        Read(response.Successful?.ConvertAll(static s => s.Id), response.Failed, failures);
    }

    public async Task SendAsync(SendMessageRequest request, TimeSpan within)
    {
        counts.Add(Count.Sends);
        using CallToken limit = Limit(within, giveUp);
        Billed(Payload.Requests(request));
        SendMessageResponse response = await CallAsync(
            RequestKind.SendOne, 1, request, static (client, request, token) => client.SendMessageAsync(request, token), within, limit.Token);
        endpoint.Answered();
        // What is copied is deleted next: an answer that names no message has not confirmed it.
        if (string.IsNullOrEmpty(response.MessageId))
            throw new AmazonSQSException("the answer names no message");
    }

    /// <param name="answers">Filled with what became of each entry; an entry's own id is its place in it.</param>
    /// <param name="abandon">Ends the call at once; SQS may have taken the messages all the same.</param>
    public async Task SendBatchAsync(List<SendMessageBatchRequestEntry> entries, SendAnswer[] answers, TimeSpan within, CancellationToken abandon)
    {
        counts.Add(Count.Sends);
        using CallToken limit = Limit(within, abandon);
        Billed(Payload.Requests(entries));
        SendMessageBatchResponse response = await CallAsync(
            RequestKind.Send, entries.Count, new SendMessageBatchRequest { QueueUrl = facts.Url, Entries = entries },
            static (client, request, token) => client.SendMessageBatchAsync(request, token), within, limit.Token).WaitAsync(abandon);
        endpoint.Answered();
        SendAnswer.Read(response, answers);
    }

    // One entry that SQS does not take may have the whole call refused, which says nothing about the others: each is asked for by itself then.
    private async Task EachWhereRefusedAsync<T>(List<T> entries, SqsFailure?[] failures, TimeSpan within, Func<SqsQueue, List<T>, SqsFailure?[], TimeSpan, Task> call)
    {
        try
        {
            await call(this, entries, failures, within);
            return;
        }
        catch (Exception exception) when (SqsFailure.OfHandles(exception).Kind == SqsFailureKind.Refused)
        {
            if (entries.Count == 1)
            {
                failures[0] = SqsFailure.OfHandles(exception);
                return;
            }
            counts.Add(Count.RepeatedRequests, entries.Count);
        }
        var alone = new Task[entries.Count];
        for (int i = 0; i < alone.Length; i++)
            alone[i] = AloneAsync(entries[i], i);
        await Task.WhenAll(alone);

        async Task AloneAsync(T entry, int place)
        {
            var failure = new SqsFailure?[1];
            try
            {
                await call(this, [entry], failure, within);
            }
            catch (Exception exception)
            {
                failure[0] = SqsFailure.OfHandles(exception);
            }
            failures[place] = failure[0];
        }
    }

    /// <summary>What the queue says of itself, by SQS's names of the attributes.</summary>
    public async Task<Dictionary<string, string>> AttributesAsync(List<string> names, TimeSpan within)
    {
        counts.Add(Count.AttributeReads);
        using CallToken limit = Limit(within, giveUp);
        TimeSpan called = surroundings.Now;
        GetQueueAttributesResponse response = await CallAsync(
            RequestKind.GetAttributes, 0, new GetQueueAttributesRequest { QueueUrl = facts.Url, AttributeNames = names },
            static (client, request, token) => client.GetQueueAttributesAsync(request, token), within, limit.Token);
        endpoint.Answered();
        if (AnswerDate.Of(response) is { } date)
            Heard(called, surroundings.Now, date, AnswerDate.Width);
        return response.Attributes ?? [];
    }

    private void Billed(int requests)
    {
        if (requests > 1)
            counts.Add(Count.ExtraBilled, requests - 1);
    }

    // Where nobody listens, nothing is between the caller and the call.
    private Task<TAnswer> CallAsync<TRequest, TAnswer>(
        RequestKind kind, int entries, TRequest request, Func<IAmazonSQS, TRequest, CancellationToken, Task<TAnswer>> call, TimeSpan within, CancellationToken limit)
        where TAnswer : AmazonWebServiceResponse =>
        _watch.IsOn ? WatchedAsync(kind, entries, request, call, within, limit) : Bounded(call(client, request, limit), within);

    // Its activity is the current one here and in the call, and nowhere else.
    private async Task<TAnswer> WatchedAsync<TRequest, TAnswer>(
        RequestKind kind, int entries, TRequest request, Func<IAmazonSQS, TRequest, CancellationToken, Task<TAnswer>> call, TimeSpan within, CancellationToken limit)
        where TAnswer : AmazonWebServiceResponse
    {
        Activity? activity = _watch.Begin(kind, entries);
        TimeSpan began = surroundings.Now;
        try
        {
            TAnswer answer = await Bounded(call(client, request, limit), within);
            _watch.Answered(kind, entries, activity, surroundings.Now - began, answer);
            return answer;
        }
        catch (Exception exception)
        {
            _watch.Failed(kind, entries, activity, surroundings.Now - began, exception);
            throw;
        }
    }

    // A client may not heed its token: the worker waits a little longer for it, and not past the end of a stop.
    private Task<T> Bounded<T>(Task<T> call, TimeSpan within) => call.WaitAsync(within + Patience, surroundings.Time, giveUp);

    private CallToken Limit(TimeSpan within, CancellationToken also) => new(within, surroundings.Time, CallbackFailed, also);

    private void CallbackFailed(Exception exception) => logger.CallbackFailed(exception, Name);

    // Entry ids are positions: a message id would collide when the same message came twice.
    private static string Index(int i) => i switch { 0 => "0", 1 => "1", 2 => "2", 3 => "3", 4 => "4", 5 => "5", 6 => "6", 7 => "7", 8 => "8", _ => "9" };

    // An entry that the answer does not name has not been confirmed.
    private static void Read(List<string>? successful, List<BatchResultErrorEntry>? failed, SqsFailure?[] failures)
    {
        Array.Fill(failures, new SqsFailure(SqsFailureKind.Server, "the answer does not name the entry"));
        foreach (string id in successful ?? [])
        {
            if (int.TryParse(id, out int i) && (uint)i < (uint)failures.Length)
                failures[i] = null;
        }
        foreach (BatchResultErrorEntry entry in failed ?? [])
        {
            if (int.TryParse(entry.Id, out int i) && (uint)i < (uint)failures.Length)
                failures[i] = SqsFailure.Of(entry);
        }
    }
}
