using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue;

/// <summary>A call that came to a <see cref="LocalSqsHandler"/>: read, and not acted on.</summary>
/// <param name="Engine">All queues.</param>
/// <param name="Request">What was asked.</param>
/// <param name="BaseUrl">What queue URLs begin with.</param>
internal readonly record struct ReadCall(SqsEngine Engine, SqsRequest Request, string BaseUrl)
{
    /// <summary>Told of what the queue answers, before the answer goes its way.</summary>
    internal Action<SqsRequest, SqsResponse>? Answered { get; init; }

    /// <summary>Where the moment is kept at which the queue answers, which may be well before the answer arrives.</summary>
    internal AnswerTime? Date { get; init; }

    /// <summary>Has the queue act on it.</summary>
    internal ValueTask<SqsResponse> AnswerAsync(CancellationToken cancel)
    {
        ValueTask<SqsResponse> answer = DatedAsync(Calls.AnswerAsync(Engine, Request, BaseUrl, inline: true, cancel), Engine, Date);
        return Answered is null ? answer : ToldAsync(answer, Request, Answered);
    }

    private static ValueTask<SqsResponse> DatedAsync(ValueTask<SqsResponse> answer, SqsEngine engine, AnswerTime? date)
    {
        if (date is null)
            return answer;
        if (answer.IsCompleted)
        {
            date.At = engine.Date;
            return answer;
        }
        return LaterAsync(answer, engine, date);

        static async ValueTask<SqsResponse> LaterAsync(ValueTask<SqsResponse> answer, SqsEngine engine, AnswerTime date)
        {
            SqsResponse response = await answer.ConfigureAwait(false);
            date.At = engine.Date;
            return response;
        }
    }

    private static async ValueTask<SqsResponse> ToldAsync(ValueTask<SqsResponse> answer, SqsRequest request, Action<SqsRequest, SqsResponse> answered)
    {
        SqsResponse response = await answer.ConfigureAwait(false);
        answered(request, response);
        return response;
    }
}
