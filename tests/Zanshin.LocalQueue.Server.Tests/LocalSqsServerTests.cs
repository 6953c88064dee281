using System.Net;
using System.Net.Sockets;
using Amazon.SQS.Model;
using Microsoft.Data.Sqlite;
using Zanshin.LocalQueue.Server.Tests.Http;

namespace Zanshin.LocalQueue.Server.Tests;

public sealed class LocalSqsServerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_port_in_use_is_refused_by_name()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var error = await RefusedAsync(new() { Port = port, DataFile = _directory.File("queues.db") });
        Assert.Equal($"Port {port} on localhost is already in use: stop what is using it, or choose another port (0 for any that is free).", error);
        Assert.False(File.Exists(_directory.File("queues.db")));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.0.2.1")]
    [InlineData("::")]
    [InlineData("example.com")]
    public async Task An_address_that_is_not_loopback_is_refused(string address) =>
        Assert.Contains("is not a loopback address", await RefusedAsync(new() { Address = address, Port = 0 }), StringComparison.Ordinal);

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        var path = _directory.File("notes.txt");
        var text = string.Join('\n', Enumerable.Repeat("These are notes and no database at all.", 200));
        await File.WriteAllTextAsync(path, text);
        Assert.Equal($"The file '{path}' is not a data file of the local queue: give another path.", await RefusedAsync(With(path)));
        Assert.Equal(text, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Another_programs_database_is_refused_and_left_alone()
    {
        var path = _directory.File("other.db");
        Execute(path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
        Assert.Contains("but not one of the local queue", await RefusedAsync(With(path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_versions_file_is_refused()
    {
        var path = _directory.File("queues.db");
        await (await LocalSqsServer.StartAsync(With(path))).DisposeAsync();
        Execute(path, "PRAGMA user_version = 99");
        Assert.Contains("was written by a newer version (schema 99; this version knows 3)", await RefusedAsync(With(path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_versions_file_is_brought_up_to_date()
    {
        var path = _directory.File("queues.db");
        await using (var server = await LocalSqsServer.StartAsync(With(path)))
        {
            using var sqs = SocketHost.Connect(server);
            await sqs.CreateQueueAsync("q");
            await sqs.SendMessageAsync("q", "kept");
        }

        // What version 1 did not have.
        Execute(path, "ALTER TABLE queue DROP COLUMN tags; DROP TABLE move; ALTER TABLE queue DROP COLUMN purged_key; ALTER TABLE message DROP COLUMN digest; DROP TABLE damaged; PRAGMA user_version = 1");
        for (var opening = 0; opening < 2; opening++)
        {
            await using var server = await LocalSqsServer.StartAsync(With(path));
            using var sqs = SocketHost.Connect(server);
            Assert.Equal("1", (await sqs.GetQueueAttributesAsync("q", ["ApproximateNumberOfMessages"])).Attributes["ApproximateNumberOfMessages"]);
            if (opening == 0) await sqs.TagQueueAsync(new TagQueueRequest { QueueUrl = "q", Tags = new() { ["team"] = "shop" } });
            Assert.Equal("shop", (await sqs.ListQueueTagsAsync(new ListQueueTagsRequest { QueueUrl = "q" })).Tags["team"]);
        }
    }

    [Fact]
    public async Task A_damaged_file_is_refused()
    {
        var path = _directory.File("queues.db");
        await using (var server = await LocalSqsServer.StartAsync(With(path)))
        {
            using var sqs = SocketHost.Connect(server);
            await sqs.CreateQueueAsync("q");
            for (var i = 0; i < 20; i++) await sqs.SendMessageAsync("q", new string('x', 3000));
        }

        var bytes = await File.ReadAllBytesAsync(path);
        bytes.AsSpan(4096).Fill(0xEE);
        await File.WriteAllBytesAsync(path, bytes);
        Assert.Contains($"The data file '{path}' is damaged", await RefusedAsync(With(path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_use_is_refused()
    {
        var path = _directory.File("queues.db");
        await using var server = await LocalSqsServer.StartAsync(With(path));
        Assert.Contains("is in use by another process", await RefusedAsync(With(path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_directory_is_refused() =>
        Assert.Contains("check that its directory exists", await RefusedAsync(With(_directory.File("no/such/queues.db"))), StringComparison.Ordinal);

    [Fact]
    public async Task Stopping_ends_open_polls_empty_and_frees_the_file()
    {
        var server = await LocalSqsServer.StartAsync(With(_directory.File("queues.db")));
        using var sqs = SocketHost.Connect(server);
        await sqs.CreateQueueAsync("q");
        var poll = sqs.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 20 });
        while (server.Sqs.Engine.Find("q")!.Waiting == 0) await Task.Yield();
        await server.DisposeAsync();
        Assert.Null((await poll).Messages);
        await Assert.ThrowsAnyAsync<Exception>(() => sqs.ListQueuesAsync(new ListQueuesRequest()));
        // The file is free again.
        await (await LocalSqsServer.StartAsync(With(_directory.File("queues.db")))).DisposeAsync();
    }

    [Fact]
    public async Task Both_loopback_addresses_answer_on_one_port()
    {
        await using var server = await LocalSqsServer.StartAsync(new() { Port = 0 });
        using var http = new HttpClient();
        foreach (var host in Socket.OSSupportsIPv6 ? new[] { "127.0.0.1", "[::1]" } : ["127.0.0.1"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{host}:{server.Endpoint.Port}/") { Content = new StringContent("""{"QueueName":"q"}""") };
            request.Headers.Add("X-Amz-Target", "AmazonSQS.CreateQueue");
            using var answer = await http.SendAsync(request);
            Assert.Equal($$"""{"QueueUrl":"http://{{host}}:{{server.Endpoint.Port}}/000000000000/q"}""", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_message_of_the_longest_kind_is_taken_however_it_is_escaped()
    {
        await using var server = await LocalSqsServer.StartAsync(new() { Port = 0 });
        using var sqs = SocketHost.Connect(server);
        await sqs.CreateQueueAsync("q");
        await sqs.SendMessageAsync("q", new string('\"', 1_048_576));
        using var http = new HttpClient();
        var escaped = string.Concat(Enumerable.Repeat("\\u0022", 1_048_576));
        var answer = await CallAsync(http, server, "SendMessage", $$"""{"QueueUrl":"q","MessageBody":"{{escaped}}"}""");
        Assert.Equal(HttpStatusCode.OK, answer);
    }

    [Theory]
    [InlineData("ListQueues", """{"NextToken":"77-_77-_"}""")]
    [InlineData("CreateQueue", """{"QueueName":"q","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"\\ud800\",\"maxReceiveCount\":1}"}}""")]
    [InlineData("CreateQueue", """{"QueueName":"q","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"a\",\"maxReceiveCount\":\"\\ud800\"}"}}""")]
    public async Task Hostile_values_are_an_error_of_the_callers(string action, string body)
    {
        await using var server = await LocalSqsServer.StartAsync(new() { Port = 0 });
        using var http = new HttpClient();
        Assert.True(await CallAsync(http, server, action, body) < HttpStatusCode.InternalServerError);
    }

    [Fact]
    public async Task A_file_with_a_queue_that_cannot_be_read_is_refused_and_let_go()
    {
        var path = _directory.File("queues.db");
        await (await LocalSqsServer.StartAsync(With(path))).DisposeAsync();
        foreach (var attributes in new[] { "{\"Nonsense\":\"1\"}", "no JSON" })
        {
            Execute(path, $"INSERT INTO queue VALUES (1, 'q', 'arn', 1, 1, 0, 1, 0, '{attributes}', '{{}}', 0)");
            Assert.Contains("data file", await RefusedAsync(With(path)), StringComparison.Ordinal);
            Execute(path, "DELETE FROM queue");
        }
    }

    [Fact]
    public async Task A_body_beyond_all_limits_is_refused_unread()
    {
        await using var server = await LocalSqsServer.StartAsync(new() { Port = 0 });
        using var http = new HttpClient();
        using var content = new ByteArrayContent(new byte[8_000_000]);
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Endpoint) { Content = content };
        request.Headers.ExpectContinue = true;
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    private static LocalSqsServerOptions With(string path) => new() { Port = 0, DataFile = path };

    private static async Task<string> RefusedAsync(LocalSqsServerOptions options) =>
        (await Assert.ThrowsAsync<LocalSqsException>(() => LocalSqsServer.StartAsync(options))).Message;

    private static async Task<HttpStatusCode> CallAsync(HttpClient http, LocalSqsServer server, string action, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Endpoint) { Content = new StringContent(body) };
        request.Headers.Add("X-Amz-Target", "AmazonSQS." + action);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
