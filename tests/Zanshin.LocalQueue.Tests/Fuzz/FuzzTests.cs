using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Zanshin.LocalQueue.Tests.Fuzz;

/// <summary>
/// Hostile calls of every action in both protocols: each is answered, in its protocol, and never as the queue's own fault; and the queues go on as if
/// nothing had been. <c>ZANSHIN_FUZZ</c> says how many for each protocol, <c>ZANSHIN_FROM</c> the first seed.
/// </summary>
public sealed class FuzzTests : IDisposable
{
    private const int Default = 4_000;
    private static readonly XNamespace Xml = "http://queue.amazonaws.com/doc/2012-11-05/";

    private readonly ManualTime _time = new();
    private readonly LocalSqs _sqs;
    private readonly HttpMessageInvoker _http;

    public FuzzTests()
    {
        _sqs = new(new LocalSqsOptions { TimeProvider = _time, Seed = 7, DeletedNameHold = TimeSpan.Zero });
        _http = new(new LocalSqsHandler(_sqs));
    }

    public void Dispose()
    {
        _http.Dispose();
        _sqs.Dispose();
    }

    [Fact]
    public Task Json() => EachAsync(static (mutator, handle) =>
    {
        var (action, json) = SoundCalls.Json[mutator.Next(SoundCalls.Json.Length)];
        return Request(JsonTarget(action), "application/x-amz-json-1.0", mutator.Json(json.Replace("HANDLE", handle, StringComparison.Ordinal)));
    });

    [Fact]
    public Task Query() => EachAsync(static (mutator, handle) =>
    {
        var form = SoundCalls.Forms[mutator.Next(SoundCalls.Forms.Length)];
        return Request(null, "application/x-www-form-urlencoded", mutator.Form(form.Replace("HANDLE", Uri.EscapeDataString(handle), StringComparison.Ordinal)));
    });

    private async Task EachAsync(Func<Mutator, string, HttpRequestMessage> hostile)
    {
        await SoundAsync("CreateQueue", """{"QueueName":"kept"}""");
        await SoundAsync("CreateQueue", """{"QueueName":"dead"}""");
        await SoundAsync("CreateQueue", """{"QueueName":"q.fifo","Attributes":{"FifoQueue":"true"}}""");
        await SoundAsync("SendMessage", """{"QueueUrl":"kept","MessageBody":"kept"}""");
        int first = Number("ZANSHIN_FROM", 1), count = Number("ZANSHIN_FUZZ", Default);
        for (var seed = first; seed < first + count; seed++)
        {
            if ((seed - first) % 50 == 0) await GoesOnAsync();
            var handle = await HandleAsync();
            using var request = hostile(new Mutator(seed), handle);
            await AnsweredAsync(request, seed);
        }

        await GoesOnAsync();
    }

    private async Task AnsweredAsync(HttpRequestMessage request, int seed)
    {
        var body = await request.Content!.ReadAsByteArrayAsync();
        var what = $"seed {seed}: {request.Headers} {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(400, body.Length)))}";
        try
        {
            using var answer = await EndedAsync(_http.SendAsync(request, CancellationToken.None));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode < 500, $"{(int)answer.StatusCode} {text}");
            if (answer.Content.Headers.ContentType!.MediaType == "text/xml") IsXml(text, answer.IsSuccessStatusCode);
            else IsJson(text, answer.IsSuccessStatusCode);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(what, e);
        }
    }

    // A call that waits for messages ends when its time is over.
    private async Task<HttpResponseMessage> EndedAsync(Task<HttpResponseMessage> call)
    {
        if (!call.IsCompleted) _time.Advance(TimeSpan.FromSeconds(20));
        Assert.True(call.IsCompleted, "no answer");
        return await call;
    }

    private static void IsJson(string text, bool isGood)
    {
        var answer = JsonNode.Parse(text)!.AsObject();
        if (isGood) return;
        Assert.StartsWith("com.amazonaws.sqs#", (string?)answer["__type"], StringComparison.Ordinal);
        Assert.NotEqual("", (string?)answer["message"] ?? "");
    }

    private static void IsXml(string text, bool isGood)
    {
        var answer = XDocument.Parse(text).Root!;
        if (isGood)
        {
            Assert.NotNull(answer.Element(Xml + "ResponseMetadata"));
            return;
        }

        Assert.Equal(Xml + "ErrorResponse", answer.Name);
        Assert.NotEqual("", answer.Element(Xml + "Error")!.Element(Xml + "Code")!.Value);
        Assert.NotEqual("", answer.Element(Xml + "Error")!.Element(Xml + "Message")!.Value);
    }

    /// <summary>A message goes through, and what lay there all the while is as it was.</summary>
    private async Task GoesOnAsync()
    {
        await SoundAsync("CreateQueue", """{"QueueName":"sound"}""");
        await SoundAsync("SendMessage", """{"QueueUrl":"sound","MessageBody":"through"}""");
        var message = Assert.Single((await SoundAsync("ReceiveMessage", """{"QueueUrl":"sound","WaitTimeSeconds":0}"""))["Messages"]!.AsArray())!;
        Assert.Equal("through", (string?)message["Body"]);
        await SoundAsync("DeleteMessage", new JsonObject { ["QueueUrl"] = "sound", ["ReceiptHandle"] = (string?)message["ReceiptHandle"] }.ToJsonString());
        var kept = Assert.Single((await SoundAsync("ReceiveMessage", """{"QueueUrl":"kept","VisibilityTimeout":0,"WaitTimeSeconds":0}"""))["Messages"]!.AsArray())!;
        Assert.Equal("kept", (string?)kept["Body"]);
    }

    /// <summary>A handle that is good now, of a queue that hostile calls may have deleted or set otherwise.</summary>
    private async Task<string> HandleAsync()
    {
        using var again = await EndedAsync(_http.SendAsync(Request(JsonTarget("CreateQueue"), "application/x-amz-json-1.0", """{"QueueName":"q"}"""u8.ToArray()), CancellationToken.None));
        await SoundAsync("SendMessage", """{"QueueUrl":"q","MessageBody":"b","DelaySeconds":0}""");
        var messages = (await SoundAsync("ReceiveMessage", """{"QueueUrl":"q","WaitTimeSeconds":0}"""))["Messages"];
        return (string?)messages?[0]?["ReceiptHandle"] ?? "none";
    }

    private async Task<JsonObject> SoundAsync(string action, string json)
    {
        using var request = Request(JsonTarget(action), "application/x-amz-json-1.0", Encoding.UTF8.GetBytes(json));
        using var answer = await EndedAsync(_http.SendAsync(request, CancellationToken.None));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{action}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    private static HttpRequestMessage Request(string? target, string contentType, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://sqs.test/") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (target is not null) request.Headers.Add("X-Amz-Target", target);
        return request;
    }

    private static string JsonTarget(string action) => "AmazonSQS." + action;

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var given) ? given : otherwise;
}
