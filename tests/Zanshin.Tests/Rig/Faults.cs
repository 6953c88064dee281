using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Zanshin.LocalQueue;

namespace Zanshin.Tests.Rig;

/// <summary>The network between the real SDK client and the queue, with faults put into it. Thread-safe, where its rule is.</summary>
internal sealed class Faults(LocalSqs sqs, TimeProvider time) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _queue = new(new LocalSqsHandler(sqs));
    private readonly ConcurrentDictionary<string, int> _calls = new();

    /// <summary>By action name (<c>ReceiveMessage</c>) and how many of it there were before.</summary>
    public Func<string, int, Fate> Rule { get; set; } = static (_, _) => Fate.Works;

    /// <summary>The same by action and queue; says more than <see cref="Rule"/> where it is set.</summary>
    public Func<string, string, int, Fate>? RuleOf { get; set; }

    /// <summary>Sees every call, by action name, before anything happens to it.</summary>
    public Action<string, JsonNode>? Watch { get; set; }

    /// <summary>Changes an answer that works, by action name.</summary>
    public Action<string, JsonObject>? Edit { get; set; }

    /// <summary>How long a call takes, besides its long poll.</summary>
    public TimeSpan RoundTrip { get; set; }

    /// <summary>How long an answer that works is on its way back.</summary>
    public TimeSpan WayBack { get; set; }

    public int Count(string action) => _calls.GetValueOrDefault(action);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        string action = request.Headers.GetValues("X-Amz-Target").First().Split('.')[1];
        int before = _calls.AddOrUpdate(action, 1, static (_, n) => n + 1) - 1;
        if (Watch is not null)
            Watch(action, JsonNode.Parse(await request.Content!.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false))!);
        Fate fate = RuleOf is { } ruleOf ? ruleOf(action, await QueueOfAsync(request).ConfigureAwait(false), before) : Rule(action, before);
        if (RoundTrip > TimeSpan.Zero && fate is not Fate.Late)
            await LaterAsync(RoundTrip).ConfigureAwait(false);
        switch (fate)
        {
            case Fate.LostBefore:
                throw Reset();
            case Fate.LostAfter:
                await _queue.SendAsync(request, cancel).ConfigureAwait(false);
                throw Reset();
            case Fate.ServerError:
                return Answer(HttpStatusCode.InternalServerError, """{"__type":"com.amazonaws.sqs#InternalFailure","message":"try again"}""");
            case Fate.Throttled:
                return Answer(HttpStatusCode.BadRequest, """{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}""");
            case Fate.Malformed:
                return Answer(HttpStatusCode.OK, "<html>not here</html>");
            case Fate.NoResult:
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
            case Fate.NoName:
                throw new HttpRequestException(HttpRequestError.NameResolutionError, "No such host is known.", new SocketException((int)SocketError.HostNotFound));
            case Fate.Expired:
                return Answer(HttpStatusCode.Forbidden, """{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"The security token included in the request is expired"}""");
            case Fate.Denied:
                return Answer(HttpStatusCode.Forbidden, """{"__type":"com.amazon.coral.service#AccessDeniedException","message":"User is not authorized"}""");
            case Fate.Truncated:
                return Answer(HttpStatusCode.OK, """{"Messages":[{"MessageId":"a","Bo""");
            case Fate.Empty:
                return Answer(HttpStatusCode.OK, "");
            case Fate.Nulls:
                return Answer(HttpStatusCode.OK, """{"Messages":null,"Successful":null,"Failed":null}""");
            case Fate.WrongTypes:
                return Answer(HttpStatusCode.OK, """{"Messages":[7,"x",{"MessageId":true,"Body":[1,2]}],"Successful":[{"Id":true},{"Id":null}],"Failed":[{"Id":"0","SenderFault":"x"}],"MessageId":[]}""");
            case Fate.Cancelled:
                throw new TaskCanceledException();
            case Fate.Unexpected:
                throw new InvalidOperationException("No transport should throw this.");
            case Fate.OutOfMemory:
#pragma warning disable CA2201 // What is tested is exactly this.
                throw new OutOfMemoryException();
#pragma warning restore CA2201
            case Fate.RefusesMany when (await EntriesAsync(request).ConfigureAwait(false)).Length > 1:
                return Answer(HttpStatusCode.NotFound, """{"__type":"com.amazonaws.sqs#ReceiptHandleIsInvalid","message":"The input receipt handle is invalid."}""");
            case Fate.EachFails:
                return Answer(HttpStatusCode.OK, new JsonObject { ["Failed"] = Failed(await EntriesAsync(request).ConfigureAwait(false)) }.ToJsonString());
            case Fate.Strangers or Fate.Missing or Fate.Twins:
                string[] entries = await EntriesAsync(request).ConfigureAwait(false);
                await _queue.SendAsync(request, cancel).ConfigureAwait(false);
                return Answer(HttpStatusCode.OK, Garbled(fate, entries).ToJsonString());
            default:
                HttpResponseMessage response = await _queue.SendAsync(request, cancel).ConfigureAwait(false);
                if (WayBack > TimeSpan.Zero)
                    await LaterAsync(WayBack).ConfigureAwait(false);
                return Edit is null ? response : await EditedAsync(action, response).ConfigureAwait(false);
        }
    }

    private static async Task<string> QueueOfAsync(HttpRequestMessage request)
    {
        JsonNode? body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false));
        return body?["QueueUrl"]?.GetValue<string>().Split('/')[^1] ?? "";
    }

    private async Task<HttpResponseMessage> EditedAsync(string action, HttpResponseMessage response)
    {
        JsonObject answer = JsonNode.Parse(await response.Content.ReadAsStringAsync().ConfigureAwait(false))!.AsObject();
        Edit!(action, answer);
        return Answer(response.StatusCode, answer.ToJsonString());
    }

    private static HttpRequestException Reset() =>
        new("The connection was reset.", new IOException("Unable to read data.", new SocketException((int)SocketError.ConnectionReset)));

    private static async Task<string[]> EntriesAsync(HttpRequestMessage request)
    {
        JsonNode call = JsonNode.Parse(await request.Content!.ReadAsStringAsync().ConfigureAwait(false))!;
        return [.. call["Entries"]!.AsArray().Select(static e => e!["Id"]!.GetValue<string>())];
    }

    private static JsonObject Garbled(Fate fate, string[] entries) => fate switch
    {
        Fate.Strangers => new() { ["Successful"] = Done(["77", "-1", "x", ""]), ["Failed"] = Failed(["99"]) },
        Fate.Missing => new() { ["Successful"] = Done(entries.Where(static (_, i) => i % 2 == 0)) },
        _ => new() { ["Successful"] = Done([.. entries, .. entries]), ["Failed"] = Failed(entries) },
    };

    private static JsonArray Done(IEnumerable<string> ids) => [.. ids.Select(static id => new JsonObject { ["Id"] = id })];

    private static JsonArray Failed(IEnumerable<string> ids) =>
        [.. ids.Select(static id => new JsonObject { ["Id"] = id, ["Code"] = "InternalError", ["SenderFault"] = false })];

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
