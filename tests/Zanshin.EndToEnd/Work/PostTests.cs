using System.Globalization;
using Amazon.SQS.Model;

namespace Zanshin.EndToEnd.Work;

/// <summary><c>zanshin work --post</c> against a server on a socket.</summary>
public sealed class PostTests(WorkServer server) : IClassFixture<WorkServer>
{
    [Fact]
    public async Task A_message_comes_as_it_is_with_its_attributes_in_headers()
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await using var receiver = new Receiver(static (_, _) => "204 No Content");
        string id = await rig.SendAsync("{\"größe\": 1}", new()
        {
            ["tenant"] = Text("acme"),
            ["count"] = new() { DataType = "Number", StringValue = "12.5" },
            ["raw"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([0, 255, 7]) },
            ["evil"] = Text("a\r\nX-Evil: 1\r\n\r\nPOST /other HTTP/1.1"),
            ["name"] = Text(" Zoë 100% "),
            ["content-type"] = Text("application/json"),
            ["traceparent"] = Text("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        });
        Child tool = rig.Work("--post", receiver.Url);
        await rig.EmptyAsync(tool);

        Receiver.Request request = Assert.Single(receiver.Requests);
        Assert.Equal("POST /in?from=sqs HTTP/1.1", request.Line);
        Assert.Equal("{\"größe\": 1}", request.Body);
        Assert.Equal("application/json", request.Header("Content-Type"));
        Assert.Equal(id, request.Header("X-Sqs-Message-Id"));
        Assert.Equal(rig.Queue, request.Header("X-Sqs-Queue"));
        Assert.Equal("1", request.Header("X-Sqs-Receive-Count"));
        Assert.True(DateTimeOffset.TryParse(request.Header("X-Sqs-First-Received-At"), CultureInfo.InvariantCulture, out _));
        Assert.Equal("acme", request.Header("X-Sqs-Attribute-tenant"));
        Assert.Equal("12.5", request.Header("X-Sqs-Attribute-count"));
        Assert.Equal("AP8H", request.Header("X-Sqs-Attribute-raw"));
        Assert.Equal("a%0D%0AX-Evil: 1%0D%0A%0D%0APOST /other HTTP/1.1", request.Header("X-Sqs-Attribute-evil"));
        Assert.Equal("%20Zo%C3%AB 100%25%20", request.Header("X-Sqs-Attribute-name"));
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", request.Header("traceparent"));
        Assert.Null(request.Header("X-Evil"));
        Assert.DoesNotContain("größe", tool.Out + tool.Err, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("400 Bad Request")]
    [InlineData("410 Gone")]
    [InlineData("422 Unprocessable Entity")]
    public async Task A_client_error_rejects_the_message(string status)
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await using var receiver = new Receiver((_, _) => status);
        await rig.SendAsync("one");
        Child tool = rig.Work("--post", receiver.Url);
        await rig.EmptyAsync(tool);

        (string body, string reason) = Assert.Single(await rig.DeadAsync());
        Assert.Equal("one", body);
        Assert.Contains($"the POST was answered with {status[..3]}", reason, StringComparison.Ordinal);
        Assert.Single(receiver.Requests);
    }

    [Theory]
    [InlineData("500 Oops")]
    [InlineData("502 Bad Gateway")]
    [InlineData("503 Busy")]
    [InlineData("429 Slow down")]
    [InlineData("408 Timeout")]
    [InlineData("425 Early")]
    [InlineData("401 Unauthorized")]
    [InlineData("403 Forbidden")]
    [InlineData("404 Not Found")]
    [InlineData("405 Method Not Allowed")]
    [InlineData("302 Found\r\nLocation: /elsewhere")]
    public async Task Other_failures_are_retried_on_the_schedule_and_a_redirect_is_not_followed(string status)
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await using var receiver = new Receiver((_, before) => before == 0 ? status : "200 OK");
        await rig.SendAsync("one");
        Child tool = rig.Work("--post", receiver.Url);
        await rig.EmptyAsync(tool);

        Assert.Equal(["1", "2"], receiver.Requests.Select(static r => r.Header("X-Sqs-Receive-Count")));
        Assert.All(receiver.Requests, static r => Assert.StartsWith("POST /in?", r.Line, StringComparison.Ordinal));
        Assert.Empty(await rig.DeadAsync());
        Assert.Contains($"the POST was answered with {status[..3]}", tool.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", tool.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("429", false)]
    [InlineData("503", false)]
    [InlineData("503", true)]
    public async Task A_server_says_when_it_wants_the_message_again(string status, bool date)
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await using var receiver = new Receiver((_, before) => before > 0 ? "200 OK"
            : $"{status} Later\r\nRetry-After: {(date ? TimeProvider.System.GetUtcNow().AddSeconds(5).ToString("r", CultureInfo.InvariantCulture) : "4")}");
        await rig.SendAsync("one");
        Child tool = rig.Work("--post", receiver.Url);
        await rig.EmptyAsync(tool);

        long[] times = [.. receiver.Requests.Select(static r => r.At)];
        Assert.Equal(2, times.Length);
        // Far beyond the first pause of the schedule, which is at most 1 s.
        Assert.InRange(TimeProvider.System.GetElapsedTime(times[0], times[1]).TotalSeconds, 3, 15);
    }

    [Fact]
    public async Task A_server_that_is_not_there_yet_gets_the_message_when_it_is()
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await rig.SendAsync("one");
        int port = LocalServer.FreePort();
        Child tool = rig.Work("--post", $"http://127.0.0.1:{port}/in?secret=1");
        await Poll.UntilAsync("the failure is logged", () => tool.Out.Contains("does not answer", StringComparison.Ordinal), tool.Describe);
        await using var receiver = new Receiver(static (_, _) => "200 OK", port);
        await rig.EmptyAsync(tool);

        Assert.Single(receiver.Requests);
        Assert.DoesNotContain("secret", tool.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_left_after_the_time_limit()
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await using var receiver = new Receiver(static (_, before) => before == 0 ? null : "200 OK");
        await rig.SendAsync("one");
        Child tool = rig.Work("--post", receiver.Url, "--time-limit", "1");
        await rig.EmptyAsync(tool);

        Assert.Equal(2, receiver.Requests.Count);
        Assert.Contains("it took longer than the time limit", tool.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_are_used_again_and_a_content_type_can_be_given()
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await using var receiver = new Receiver(static (_, _) => "200 OK");
        for (int i = 0; i < 10; i++)
            await rig.SendAsync($"{i}");
        Child tool = rig.Work("--post", receiver.Url, "-c", "1", "--content-type", "text/csv");
        await rig.EmptyAsync(tool);

        Assert.Equal(10, receiver.Requests.Count);
        Assert.Equal(1, receiver.Connections);
        Assert.All(receiver.Requests, static r => Assert.Equal("text/csv", r.Header("Content-Type")));
    }

    [Fact]
    public async Task A_stop_gives_back_what_is_not_answered()
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server, visibility: 600);
        await using var receiver = new Receiver(static (_, _) => null);
        await rig.SendAsync("one");
        Child tool = rig.Work(8, "--post", receiver.Url);
        await Poll.UntilAsync("the message is posted", () => !receiver.Requests.IsEmpty, tool.Describe);
        await tool.SignalAsync("TERM");
        await tool.ExitAsync(20);

        Assert.Equal(0, tool.ExitCode);
        Assert.Equal((1, 0), await rig.DepthAsync());
    }

    private static MessageAttributeValue Text(string value) => new() { DataType = "String", StringValue = value };
}
