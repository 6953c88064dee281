using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zanshin.LocalQueue;

namespace Zanshin.Simulation;

/// <summary>
/// What lies between one worker process and the queue, under the real SDK client: it loses calls and answers, delays them past
/// their deadlines, throttles, fails single entries of batches, delivers twice, and dies with its process.
/// </summary>
internal sealed class Network(LocalSqs sqs, Plan plan, Random dice, TimeProvider time, Promises promises, EventLog log, string process) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _queue = new(new LocalSqsHandler(sqs));

    /// <summary>Faults are put in while this is so.</summary>
    public bool Storm { get; set; } = true;

    /// <summary>The process is dead: nothing of it reaches the queue any more.</summary>
    public bool Dead { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        string action = request.Headers.GetValues("X-Amz-Target").First().Split('.')[1];
        string fate = Draw(action);
        log.Add($"{process} {action} {fate}");
        if (plan.RoundTrip > TimeSpan.Zero)
            await LaterAsync(plan.RoundTrip / 2, cancel).ConfigureAwait(false);
        switch (fate)
        {
            case "dead" or "lost before":
                throw new HttpRequestException("The connection was reset.");
            case "hangs":
                await LaterAsync(TimeSpan.FromHours(1), cancel).ConfigureAwait(false);
                throw new HttpRequestException("The connection was reset.");
            case "server error":
                return Answer(HttpStatusCode.InternalServerError, """{"__type":"com.amazonaws.sqs#InternalFailure","message":"try again"}""");
            case "throttled":
                return Answer(HttpStatusCode.BadRequest, """{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}""");
            case "credentials":
                return Answer(HttpStatusCode.Forbidden, """{"__type":"com.amazonaws.sqs#ExpiredToken","message":"expired"}""");
            case "malformed":
                return Answer(HttpStatusCode.OK, "<html>not here</html>");
            case "late":
                // Not with its caller's token: it reaches the queue whether or not somebody still waits.
                await LaterAsync(TimeSpan.FromMilliseconds(dice.Next(100, 15_000)), default).ConfigureAwait(false);
                break;
        }
        JsonObject body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false))!.AsObject();
        JsonArray? failed = fate == "partial" ? TakeSome(body) : null;
        if (!Dead)
            promises.BeforeCall(action, body);
        HttpResponseMessage response = await PassAsync(request, body, failed is not null, cancel).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.OK && (fate == "twice" || failed is not null))
            response = await EditAsync(response, fate, failed).ConfigureAwait(false);
        if (plan.RoundTrip > TimeSpan.Zero)
            await LaterAsync(plan.RoundTrip / 2, cancel).ConfigureAwait(false);
        return fate == "lost after" || Dead ? throw new HttpRequestException("The connection was reset.") : response;
    }

    private string Draw(string action)
    {
        if (Dead)
            return "dead";
        if (!Storm || action is "GetQueueUrl" or "GetQueueAttributes" || dice.Next(1000) >= plan.FaultsPer1000)
            return "works";
        return dice.Next(11) switch
        {
            0 => "lost before",
            1 => "lost after",
            2 => "server error",
            3 => "throttled",
            4 => "malformed",
            5 => "hangs",
            6 => "late",
            7 => "credentials",
            8 or 9 => action.EndsWith("Batch", StringComparison.Ordinal) ? "partial" : "lost after",
            _ => action == "ReceiveMessage" ? "twice" : "lost before",
        };
    }

    private async Task<HttpResponseMessage> PassAsync(HttpRequestMessage request, JsonObject body, bool edited, CancellationToken cancel)
    {
        if (!edited)
            return await _queue.SendAsync(request, cancel).ConfigureAwait(false);
        if (body["Entries"]!.AsArray().Count == 0)
            return Answer(HttpStatusCode.OK, """{"Successful":[],"Failed":[]}""");
        using HttpRequestMessage copy = Request(request.Headers.GetValues("X-Amz-Target").First(), body);
        return await _queue.SendAsync(copy, cancel).ConfigureAwait(false);
    }

    // Entries that do not reach the queue; the answer will say so.
    private JsonArray TakeSome(JsonObject body)
    {
        JsonArray failed = [];
        JsonArray entries = body["Entries"]!.AsArray();
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            if (dice.Next(2) == 0)
                continue;
            failed.Add(new JsonObject { ["Id"] = entries[i]!["Id"]!.GetValue<string>(), ["Code"] = "InternalError", ["SenderFault"] = false });
            entries.RemoveAt(i);
        }
        return failed;
    }

    private async Task<HttpResponseMessage> EditAsync(HttpResponseMessage response, string fate, JsonArray? failed)
    {
        string text = await response.Content.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false);
        JsonObject answer = JsonNode.Parse(text)!.AsObject();
        if (failed is not null)
        {
            JsonArray all = answer["Failed"]?.AsArray() ?? [];
            answer["Failed"] = new JsonArray([.. all.Concat(failed).Select(static f => f!.DeepClone())]);
        }
        if (fate == "twice" && answer["Messages"] is JsonArray { Count: > 0 } messages)
            await DeliverAgainAsync(messages[dice.Next(messages.Count)]!).ConfigureAwait(false);
        return Answer(HttpStatusCode.OK, answer.ToJsonString());
    }

    // A standard queue may deliver a message twice at any time.
    private async Task DeliverAgainAsync(JsonNode message)
    {
        if (promises.IsFifo(message["MessageId"]!.GetValue<string>()))
            return;
        var body = new JsonObject
        {
            ["QueueUrl"] = promises.UrlOf(message["MessageId"]!.GetValue<string>()),
            ["ReceiptHandle"] = message["ReceiptHandle"]!.GetValue<string>(),
            ["VisibilityTimeout"] = 0,
        };
        using HttpRequestMessage change = Request("AmazonSQS.ChangeMessageVisibility", body);
        using HttpResponseMessage done = await _queue.SendAsync(change, CancellationToken.None).ConfigureAwait(false);
    }

    private static HttpRequestMessage Request(string target, JsonObject body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost:9324/")
        {
            Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/x-amz-json-1.0"),
        };
        request.Headers.Add("X-Amz-Target", target);
        return request;
    }

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

    private static HttpResponseMessage Answer(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/x-amz-json-1.0") };
}
