using System.Globalization;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary>A move of SQS's own: it goes on there, whatever becomes of this process; here it is begun, watched and cancelled.</summary>
internal sealed class RedriveRun(OpenQueue queue, string arn)
{
    private const string Running = "RUNNING";
    private const string Cancelling = "CANCELLING";
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private static readonly ListMessageMoveTasksResultEntry s_begun = new() { Status = Running }; // all that is known before the first look

    private long _moved;
    private ListMessageMoveTasksResultEntry? _last; // as last seen
    private string? _handle; // of the move that was begun here

    public long Moved => Volatile.Read(ref _moved);

    /// <summary>Once it is under way, a stop is for <see cref="WatchAsync"/>.</summary>
    public async Task StartAsync(string? toArn, int? rate, CancellationToken stop)
    {
        var request = new StartMessageMoveTaskRequest { SourceArn = arn, DestinationArn = toArn, MaxNumberOfMessagesPerSecond = rate };
        stop.ThrowIfCancellationRequested();
        // Once: of a second start SQS says that one is running. To its end: a call that is abandoned may have begun a move that nobody cancels.
        try
        {
            _handle = (await queue.Calls.OnceAsync((client, limit) => client.StartMessageMoveTaskAsync(request, limit), cancel: CancellationToken.None)).TaskHandle;
        }
        catch (Exception exception)
        {
            throw new Refusal(SqsTrouble.Sentence($"redrive queue '{queue.Name}'", queue.Calls.Where, exception), exception);
        }
    }

    /// <summary>The newest move; null where there was none.</summary>
    public async Task<ListMessageMoveTasksResultEntry?> LastAsync(CancellationToken stop)
    {
        ListMessageMoveTasksResponse tasks = await queue.Calls.AskAsync(
            $"list the moves of queue '{queue.Name}'", (client, limit) => client.ListMessageMoveTasksAsync(new ListMessageMoveTasksRequest { SourceArn = arn, MaxResults = 1 }, limit), cancel: stop);
        _last = tasks.Results?.FirstOrDefault();
        Volatile.Write(ref _moved, _last?.ApproximateNumberOfMessagesMoved ?? 0);
        return _last;
    }

    /// <summary>Until the move that was begun here has ended; <paramref name="stop"/> cancels it.</summary>
    public async Task<RedriveReport> WatchAsync(CancellationToken stop)
    {
        bool asked = false;
        List<string> problems = [];
        while (true)
        {
            if (stop.IsCancellationRequested && !asked)
            {
                asked = true;
                await CancelAsync(_handle!, problems);
            }
            // After the stop to its end: how many were moved is still to be known.
            CancellationToken unlessStopped = asked ? CancellationToken.None : stop;
            try
            {
                if (await LastAsync(unlessStopped) is not { Status: Running or Cancelling } || problems.Count > 0)
                    break;
                await Task.Delay(Between, queue.Calls.Time, unlessStopped);
            }
            catch (OperationCanceledException)
            {
                // The next round cancels the move.
            }
            catch (Refusal refusal)
            {
                if (problems.Count == 0)
                    problems.Add(asked ? $"{refusal.Message} SQS has taken the order to cancel the move: 'zanshin sqs redrive {queue.Name} --status' shows what became of it." : GoesOn(refusal));
                break;
            }
        }
        if (_last?.Status is "CANCELLED" && !asked)
            problems.Add("the move was cancelled, not from here.");
        return Report(_last ?? s_begun, asked, problems);
    }

    /// <summary>The move that was begun here, which nobody waits for.</summary>
    public async Task<RedriveReport> LeaveAsync(CancellationToken stop)
    {
        try
        {
            return Report(await LastAsync(stop), interrupted: false, []);
        }
        catch (Refusal refusal)
        {
            return Report(s_begun, interrupted: false, [GoesOn(refusal)]);
        }
    }

    /// <summary>Asks SQS to end a move.</summary>
    public async Task CancelAsync(string handle, List<string> problems)
    {
        try
        {
            await queue.Calls.AskAsync($"cancel the move of queue '{queue.Name}'", (client, limit) => client.CancelMessageMoveTaskAsync(new CancelMessageMoveTaskRequest { TaskHandle = handle }, limit));
        }
        catch (Refusal refusal) when (refusal.InnerException is ResourceNotFoundException or UnsupportedOperationException)
        {
            // It has ended meanwhile, which the next look shows.
        }
        catch (Refusal refusal)
        {
            problems.Add($"{refusal.Message} The move goes on at SQS: 'zanshin sqs redrive {queue.Name} --cancel' ends it.");
        }
    }

    private string GoesOn(Refusal refusal) => $"{refusal.Message} The move goes on at SQS: 'zanshin sqs redrive {queue.Name} --status' shows it, and --cancel ends it.";

    public RedriveReport Report(ListMessageMoveTasksResultEntry? last, bool interrupted, IReadOnlyList<string> problems) => last is null
        ? new(queue.Name, "NONE", 0, null, null, null, null, null, interrupted, problems)
        : new(
            queue.Name,
            last.Status,
            last.ApproximateNumberOfMessagesMoved ?? 0,
            last.ApproximateNumberOfMessagesToMove,
            string.IsNullOrEmpty(last.DestinationArn) ? null : last.DestinationArn,
            last.MaxNumberOfMessagesPerSecond is > 0 ? last.MaxNumberOfMessagesPerSecond : null,
            last.StartedTimestamp is > 0 and < 100_000_000_000_000 ? DateTimeOffset.FromUnixTimeMilliseconds(last.StartedTimestamp.Value) : null,
            last.FailureReason,
            interrupted,
            last.Status == "FAILED" ? [.. problems, string.Create(CultureInfo.InvariantCulture, $"SQS ended the move: {last.FailureReason ?? "it does not say why"}.")] : problems);
}
