using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Zanshin.LocalQueue;

namespace Zanshin.Tests.Rig;

/// <summary>What happens to one call on its way.</summary>
internal enum Fate
{
    Works,

    /// <summary>The connection breaks before the call reaches the queue.</summary>
    LostBefore,

    /// <summary>The queue does it, but the answer is lost.</summary>
    LostAfter,

    /// <summary>HTTP 500.</summary>
    ServerError,

    /// <summary>HTTP 400 with a throttling code.</summary>
    Throttled,

    /// <summary>HTTP 200 with something else than JSON.</summary>
    Malformed,

    /// <summary>HTTP 200 with an object that has nothing in it; the call does not reach the queue.</summary>
    Empty,

    /// <summary>The second message of a receive comes without its id.</summary>
    Nameless,

    /// <summary>No answer until the caller gives up.</summary>
    Hangs,

    /// <summary>Reaches the queue a second later.</summary>
    Late,
}

/// <summary>The network between the real SDK client and the queue, with faults put into it. Thread-safe, where its rule is.</summary>
internal sealed class Faults(LocalSqs sqs, TimeProvider time) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _queue = new(new LocalSqsHandler(sqs));
    private readonly ConcurrentDictionary<string, int> _calls = new();

    /// <summary>By action name (<c>ReceiveMessage</c>) and how many of it there were before.</summary>
    public Func<string, int, Fate> Rule { get; set; } = static (_, _) => Fate.Works;

    /// <summary>The same by action and queue; says more than <see cref="Rule"/> where it is set.</summary>
    public Func<string, string, int, Fate>? RuleOf { get; set; }

    /// <summary>How long a call takes that works, besides its long poll.</summary>
    public TimeSpan RoundTrip { get; set; }

    public int Count(string action) => _calls.GetValueOrDefault(action);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        string action = request.Headers.GetValues("X-Amz-Target").First().Split('.')[1];
        int before = _calls.AddOrUpdate(action, 1, static (_, n) => n + 1) - 1;
        Fate fate = RuleOf is { } ruleOf ? ruleOf(action, await QueueOfAsync(request).ConfigureAwait(false), before) : Rule(action, before);
        switch (fate)
        {
            case Fate.LostBefore:
                throw new HttpRequestException("The connection was reset.");
            case Fate.LostAfter:
                await _queue.SendAsync(request, cancel).ConfigureAwait(false);
                throw new HttpRequestException("The connection was reset.");
            case Fate.ServerError:
                return Answer(HttpStatusCode.InternalServerError, """{"__type":"com.amazonaws.sqs#InternalFailure","message":"try again"}""");
            case Fate.Throttled:
                return Answer(HttpStatusCode.BadRequest, """{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}""");
            case Fate.Malformed:
                return Answer(HttpStatusCode.OK, "<html>not here</html>");
            case Fate.Empty:
                return Answer(HttpStatusCode.OK, "{}");
            case Fate.Nameless:
                HttpResponseMessage named = await _queue.SendAsync(request, cancel).ConfigureAwait(false);
                JsonNode answer = JsonNode.Parse(await named.Content.ReadAsStringAsync(cancel).ConfigureAwait(false))!;
                answer["Messages"]!.AsArray()[1]!.AsObject().Remove("MessageId");
                return Answer(HttpStatusCode.OK, answer.ToJsonString());
            case Fate.Hangs:
                await ForeverAsync(cancel).ConfigureAwait(false);
                throw new InvalidOperationException();
            case Fate.Late:
                await LaterAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
                return await _queue.SendAsync(request, cancel).ConfigureAwait(false);
            default:
                if (RoundTrip > TimeSpan.Zero)
                    await LaterAsync(RoundTrip).ConfigureAwait(false);
                return await _queue.SendAsync(request, cancel).ConfigureAwait(false);
        }
    }

    private static async Task<string> QueueOfAsync(HttpRequestMessage request)
    {
        JsonNode? body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false));
        return body?["QueueUrl"]?.GetValue<string>().Split('/')[^1] ?? "";
    }

    private static async Task ForeverAsync(CancellationToken cancel)
    {
        var never = new TaskCompletionSource();
        await using CancellationTokenRegistration cancelled = cancel.UnsafeRegister((_, token) => Inline(() => never.TrySetCanceled(token)), null);
        await never.Task.ConfigureAwait(false);
    }

    private async Task LaterAsync(TimeSpan after)
    {
        var later = new TaskCompletionSource();
        await using ITimer timer = time.CreateTimer(_ => Inline(() => later.TrySetResult()), null, after, Timeout.InfiniteTimeSpan);
        await later.Task.ConfigureAwait(false);
    }

    // With no context set, what awaits goes on here instead of on the pool.
    private static void Inline(Action complete)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        complete();
        SynchronizationContext.SetSynchronizationContext(before);
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/x-amz-json-1.0") };
}
