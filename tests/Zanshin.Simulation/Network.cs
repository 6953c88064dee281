using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Zanshin.LocalQueue;
using Zanshin.LocalQueue.Actions;
using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>
/// What lies between one worker process and the queue, under the real SDK client: it loses calls and answers, delays them past
/// their deadlines, throttles, refuses, fails single entries of batches, delivers twice, is down for a while, and dies with its process.
/// </summary>
internal sealed class Network(Process process, LocalSqs sqs, Weather weather, Plan plan, Random dice, VirtualTime time, Promises promises, EventLog log, Sabotage sabotage)
    : HttpMessageHandler
{
    private static readonly HttpRequestOptionsKey<SqsResponse> Taken = new("taken");

    private readonly HttpMessageInvoker _queue = new(new LocalSqsHandler(sqs));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        string action = request.Headers.GetValues("X-Amz-Target").First().Split('.')[1];
        string body = await request.Content!.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false);
        string queue = QueueOf(body);
        promises.Calls(process, action, queue);
        Fate fate = weather.Draw(process, action, queue, dice);
        log.Add($"{process.Name} {action} {queue} {fate}");
        int asks = action == "GetQueueAttributes" ? 1 : 0;
        process.Asking += asks;
        bool receives = action == "ReceiveMessage", troubled = receives && fate != Fate.Works;
        DateTimeOffset called = time.GetUtcNow();
        if (troubled)
            promises.TroubleBegins(process, queue);
        try
        {
            await HalfWayAsync(cancel).ConfigureAwait(false);
            HttpResponseMessage answer = await AnswerAsync(fate, action, request, body, cancel).ConfigureAwait(false);
            if (receives && !troubled && request.Options.TryGetValue(Taken, out SqsResponse? given))
                promises.Answers(process, queue, (given as ReceiveMessage.Response)?.Messages.Length ?? 0, called);
            promises.Step(process);
            await HalfWayAsync(cancel).ConfigureAwait(false);
            return promises.IsDead(process.Name) ? throw Answers.Reset() : answer;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && plan.NoticesGone)
        {
            if (request.Options.TryGetValue(Taken, out SqsResponse? taken))
                (taken as ReceiveMessage.Response)?.GiveBack();
            throw;
        }
        finally
        {
            process.Asking -= asks;
            if (troubled)
                promises.TroubleEnds(process, queue);
            promises.Step(process);
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(Fate fate, string action, HttpRequestMessage request, string body, CancellationToken cancel)
    {
        switch (fate)
        {
            case Fate.Works:
                return await PassAsync(action, request, body, cancel).ConfigureAwait(false);
            case Fate.Dead or Fate.LostBefore:
                throw Answers.Reset();
            case Fate.LostAfter:
                await PassAsync(action, request, body, cancel).ConfigureAwait(false);
                throw Answers.Reset();
            case Fate.NoName:
                throw Answers.NoName();
            case Fate.Cancelled:
                throw Answers.Cancelled();
            case Fate.Hangs:
                await LaterAsync(TimeSpan.FromHours(1), cancel).ConfigureAwait(false);
                throw Answers.Reset();
            case Fate.Late:
                // Not with its caller's token: it reaches the queue whether or not somebody still waits.
                await LaterAsync(dice.Seconds(0.1, 15), default).ConfigureAwait(false);
                return await PassAsync(action, request, body, cancel).ConfigureAwait(false);
            case Fate.SlowAnswer:
                HttpResponseMessage slow = await PassAsync(action, request, body, cancel).ConfigureAwait(false);
                await LaterAsync(dice.Seconds(0.1, 15), cancel).ConfigureAwait(false);
                if (sabotage == Sabotage.DatesAnew)
                {
                    slow.Headers.Date = time.GetUtcNow();
                    return await EditAsync(slow, DateAnew).ConfigureAwait(false);
                }
                return slow;
            case Fate.ServerError:
                return Answers.ServerError(dice);
            case Fate.Throttled:
                return Answers.Throttled(dice);
            case Fate.Credentials:
                return Answers.Credentials(dice);
            case Fate.NoQueue:
                return Answers.Error(HttpStatusCode.BadRequest, "QueueDoesNotExist");
            case Fate.Refused:
                return Answers.Error(HttpStatusCode.NotFound, "ReceiptHandleIsInvalid");
            case Fate.Malformed:
                return Answers.Malformed(dice);
            case Fate.MalformedAfter:
                await PassAsync(action, request, body, cancel).ConfigureAwait(false);
                return Answers.Malformed(dice);
            case Fate.Empty:
                return Answers.Of(HttpStatusCode.OK, dice.Pick("{}", """{"Messages":null,"Successful":null,"Failed":null}"""));
            case Fate.Partial:
                return await SomeAsync("InternalError", senderFault: false).ConfigureAwait(false);
            case Fate.PartlyRefused:
                return await SomeAsync("ReceiptHandleIsInvalid", senderFault: true).ConfigureAwait(false);
            case Fate.Nameless:
                return await EditAsync(await PassAsync(action, request, body, cancel).ConfigureAwait(false), MakeNameless).ConfigureAwait(false);
            case Fate.Twice:
                HttpResponseMessage once = await PassAsync(action, request, body, cancel).ConfigureAwait(false);
                await EachAsync(once, "Messages", static _ => { }, ShowAgainAsync).ConfigureAwait(false);
                return once;
            default:
                throw new InvalidOperationException($"{fate}");
        }

        async Task<HttpResponseMessage> SomeAsync(string code, bool senderFault)
        {
            JsonObject rest = JsonNode.Parse(body)!.AsObject();
            JsonArray taken = TakeSome(rest["Entries"]!.AsArray(), code, senderFault);
            if (rest["Entries"]!.AsArray().Count == 0)
                return Answers.Of(HttpStatusCode.OK, new JsonObject { ["Successful"] = new JsonArray(), ["Failed"] = taken }.ToJsonString());
            using HttpRequestMessage copy = Request($"AmazonSQS.{action}", rest);
            HttpResponseMessage answer = await PassAsync(action, copy, rest.ToJsonString(), cancel).ConfigureAwait(false);
            return await EditAsync(answer, answered =>
            {
                JsonArray failed = answered["Failed"]?.AsArray() ?? [];
                answered["Failed"] = new JsonArray([.. failed.Concat(taken).Select(static f => f!.DeepClone())]);
            }).ConfigureAwait(false);
        }
    }

    // The call reaches the queue.
    private async Task<HttpResponseMessage> PassAsync(string action, HttpRequestMessage request, string body, CancellationToken cancel)
    {
        if (action == "ChangeMessageVisibilityBatch" && sabotage == Sabotage.ConfirmsOnly)
            return Answers.Of(HttpStatusCode.OK, new JsonObject { ["Successful"] = Ids(JsonNode.Parse(body)!["Entries"]!.AsArray()) }.ToJsonString());
        HttpResponseMessage answer = action == "ReceiveMessage"
            ? await ReceiveAsync(request, cancel).ConfigureAwait(false)
            : await _queue.SendAsync(request, cancel.IsCancellationRequested ? default : cancel).ConfigureAwait(false);
        if (!plan.TellsTime || sabotage == Sabotage.StandsStillUnseen)
            answer.Headers.Date = null;
        if (sabotage == Sabotage.ReversesFifo && action == "ReceiveMessage")
            answer = await EditAsync(answer, Reverse).ConfigureAwait(false);
        return answer;
    }

    // Where the queue does not notice that its caller goes, the call goes on, and what it brings nobody has.
    private async Task<HttpResponseMessage> ReceiveAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        var receives = new HttpMessageInvoker(new LocalSqsHandler(sqs)
        {
            Answering = (call, token) => (call with { Answered = (_, response) => request.Options.Set(Taken, response) }).AnswerAsync(token),
        });
        if (plan.NoticesGone || cancel.IsCancellationRequested)
            return await receives.SendAsync(request, cancel.IsCancellationRequested ? default : cancel).ConfigureAwait(false);
        var answered = new TaskCompletionSource<HttpResponseMessage>();
        await using CancellationTokenRegistration gone = cancel.UnsafeRegister((_, token) => Inline(() => answered.TrySetCanceled(token)), null);
        Task goesOn = GoOnAsync();
        return await answered.Task.ConfigureAwait(false);

        async Task GoOnAsync()
        {
            HttpResponseMessage answer = await receives.SendAsync(request, CancellationToken.None).ConfigureAwait(false);
            Inline(() => answered.TrySetResult(answer));
        }
    }

    private static string QueueOf(string body)
    {
        const string key = "\"QueueUrl\":\"";
        int begin = body.IndexOf(key, StringComparison.Ordinal);
        if (begin < 0)
            return "";
        int end = body.IndexOf('"', begin + key.Length);
        return body[(body.LastIndexOf('/', end) + 1)..end];
    }

    // Entries that do not reach the queue; the answer will say so.
    private JsonArray TakeSome(JsonArray entries, string code, bool senderFault)
    {
        JsonArray taken = [];
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            if (dice.OneIn(2))
                continue;
            taken.Add(new JsonObject { ["Id"] = Text(entries[i]!, "Id"), ["Code"] = code, ["SenderFault"] = senderFault });
            entries.RemoveAt(i);
        }
        return taken;
    }

    private void DateAnew(JsonObject answer)
    {
        foreach (JsonNode? message in answer["Messages"] as JsonArray ?? [])
            message!["Attributes"]!["ApproximateFirstReceiveTimestamp"] = $"{time.GetUtcNow().ToUnixTimeMilliseconds()}";
    }

    private void MakeNameless(JsonObject answer)
    {
        if (answer["Messages"] is JsonArray { Count: > 0 } messages)
            messages[dice.Next(messages.Count)]!.AsObject().Remove(dice.Pick("MessageId", "ReceiptHandle"));
    }

    // A standard queue may deliver a message twice at any time.
    private async Task ShowAgainAsync(JsonNode message)
    {
        (Known? shown, _) = promises.Queues.ByHandle(Text(message, "ReceiptHandle"));
        if (shown is null or { Group: not null } || dice.OneIn(2))
            return;
        promises.ShowsTwice(shown);
        var change = new JsonObject
        {
            ["QueueUrl"] = $"http://localhost:9324/000000000000/{shown.Queue.Name}", ["ReceiptHandle"] = Text(message, "ReceiptHandle"), ["VisibilityTimeout"] = 0,
        };
        using HttpRequestMessage request = Request("AmazonSQS.ChangeMessageVisibility", change);
        using HttpResponseMessage done = await _queue.SendAsync(request, CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task EachAsync(HttpResponseMessage answer, string list, Action<JsonNode> first, Func<JsonNode, Task>? then = null)
    {
        string text = await answer.Content.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.OK || JsonNode.Parse(text)![list] is not JsonArray items)
            return;
        foreach (JsonNode? item in items)
        {
            first(item!);
            if (then is not null)
                await then(item!).ConfigureAwait(false);
        }
    }

    private static async Task<HttpResponseMessage> EditAsync(HttpResponseMessage answer, Action<JsonObject> edit)
    {
        if (answer.StatusCode != HttpStatusCode.OK)
            return answer;
        JsonObject json = JsonNode.Parse(await answer.Content.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false))!.AsObject();
        edit(json);
        HttpResponseMessage edited = Answers.Of(HttpStatusCode.OK, json.ToJsonString());
        edited.Headers.Date = answer.Headers.Date;
        return edited;
    }

    private static void Reverse(JsonObject answer)
    {
        if (answer["Messages"] is JsonArray messages)
            answer["Messages"] = new JsonArray([.. messages.Reverse().Select(static m => m!.DeepClone())]);
    }

    private static JsonArray Ids(JsonArray entries) => [.. entries.Select(static e => new JsonObject { ["Id"] = Text(e!, "Id") })];

    private static string Text(JsonNode of, string name) => of[name]!.GetValue<string>();

    private static HttpRequestMessage Request(string target, JsonObject body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost:9324/")
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/x-amz-json-1.0"),
        };
        request.Headers.Add("X-Amz-Target", target);
        return request;
    }

    private Task HalfWayAsync(CancellationToken cancel) => plan.RoundTrip > TimeSpan.Zero ? LaterAsync(plan.RoundTrip / 2, cancel) : Task.CompletedTask;

    private async Task LaterAsync(TimeSpan after, CancellationToken cancel)
    {
        var later = new TaskCompletionSource();
        await using ITimer timer = time.CreateTimer(_ => Inline(() => later.TrySetResult()), null, after, Timeout.InfiniteTimeSpan);
        await using CancellationTokenRegistration cancelled = cancel.UnsafeRegister((_, token) => Inline(() => later.TrySetCanceled(token)), null);
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
}
