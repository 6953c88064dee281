using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary>Does one thing to many receipt handles: by ten, several calls at once, what can pass again.</summary>
internal static class HandleBatches
{
    public delegate Task<(List<string>? Done, List<BatchResultErrorEntry>? Failed)> Call(IAmazonSQS client, IReadOnlyList<string> handles, CancellationToken limit);

    /// <summary>Ends with a round in which no call was answered: the rest would wait for as long, and fail too.</summary>
    /// <returns>For each handle what went wrong; null for success. Nothing is thrown.</returns>
    public static async Task<string?[]> RunAsync(SqsCalls calls, IReadOnlyList<string> handles, Call call)
    {
        var failures = new string?[handles.Count];
        foreach (int[][] round in Enumerable.Range(0, handles.Count).Chunk(OpenQueue.Batch).Chunk(OpenQueue.AtOnce))
        {
            bool[] answered = await Task.WhenAll(round.Select(some => RunAsync(calls, handles, some, failures, call)));
            if (answered.Contains(true))
                continue;
            int last = round[^1][^1];
            failures.AsSpan(last + 1).Fill(failures[last]);
            break;
        }
        return failures;
    }

    /// <returns>Whether SQS has answered at all.</returns>
    private static async Task<bool> RunAsync(SqsCalls calls, IReadOnlyList<string> handles, int[] some, string?[] failures, Call call)
    {
        bool answered = false;
        for (int attempt = 1; some.Length > 0 && attempt <= SqsCalls.Tries; attempt++)
        {
            if (attempt > 1)
                await calls.PauseAsync(attempt - 1);
            try
            {
                int[] asked = some;
                (List<string>? done, List<BatchResultErrorEntry>? failed) = await calls.OnceAsync((client, limit) => call(client, [.. asked.Select(i => handles[i])], limit));
                answered = true;
                some = [.. Again(asked, done ?? [], failed ?? [], failures)];
            }
            catch (Exception exception)
            {
                foreach (int i in some)
                    failures[i] = SqsTrouble.Reason(exception);
                if (!SqsTrouble.CanPass(exception))
                    break;
            }
        }
        return answered;
    }

    // An entry that the answer does not name has not been confirmed.
    private static List<int> Again(int[] asked, List<string> done, List<BatchResultErrorEntry> failed, string?[] failures)
    {
        List<int> again = [];
        for (int i = 0; i < asked.Length; i++)
        {
            string id = i.ToString(CultureInfo.InvariantCulture);
            BatchResultErrorEntry? failure = failed.Find(f => f.Id == id);
            failures[asked[i]] = failure is not null ? $"{failure.Code}: {failure.Message}" : done.Contains(id) ? null : "the answer does not name it";
            if (failures[asked[i]] is not null && (failure is null || SqsTrouble.CanPass(failure)))
                again.Add(asked[i]);
        }
        return again;
    }
}
