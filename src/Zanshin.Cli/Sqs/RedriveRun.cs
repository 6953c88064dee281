using System.Globalization;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary>A move of SQS's own: it goes on there, whatever becomes of this process; here it is begun, watched and cancelled.</summary>
internal sealed class RedriveRun(OpenQueue queue, string arn)
{
    private const string Running = "RUNNING";
    private const string Cancelling = "CANCELLING";
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private long _moved;

    public long Moved => Volatile.Read(ref _moved);

    /// <summary>Once it is under way, a stop is for <see cref="WatchAsync"/>.</summary>
    /// <returns>The move's handle.</returns>
    public async Task<string> StartAsync(string? toArn, int? rate, CancellationToken stop)
    {
        var request = new StartMessageMoveTaskRequest { SourceArn = arn, DestinationArn = toArn, MaxNumberOfMessagesPerSecond = rate };
        stop.ThrowIfCancellationRequested();
        // Once: of a second start SQS says that one is running. To its end: a call that is abandoned may have begun a move that nobody cancels.
        try
        {
            return (await queue.Calls.OnceAsync((client, limit) => client.StartMessageMoveTaskAsync(request, limit), cancel: CancellationToken.None)).TaskHandle;
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
        ListMessageMoveTasksResultEntry? last = tasks.Results?.FirstOrDefault();
        Volatile.Write(ref _moved, last?.ApproximateNumberOfMessagesMoved ?? 0);
        return last;
    }

    /// <summary>Until it has ended; <paramref name="stop"/> cancels it.</summary>
    public async Task<RedriveReport> WatchAsync(CancellationToken stop)
    {
        bool asked = false;
        List<string> problems = [];
        while (true)
        {
            if (stop.IsCancellationRequested && !asked)
            {
                asked = true;
                await CancelAsync(problems);
            }
            ListMessageMoveTasksResultEntry? last = await LastAsync(CancellationToken.None);
            if (last?.Status is not (Running or Cancelling) || problems.Count > 0)
                return Report(last, asked, problems);
            await PauseAsync(asked ? CancellationToken.None : stop);
        }
    }

    /// <summary>Asks SQS to end the move that is running.</summary>
    public async Task CancelAsync(List<string> problems)
    {
        if ((await LastAsync(CancellationToken.None)) is not { Status: Running, TaskHandle: { Length: > 0 } handle })
            return;
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

    private async Task PauseAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Between, queue.Calls.Time, stop);
        }
        catch (OperationCanceledException)
        {
            // The next round cancels the move.
        }
    }
}
