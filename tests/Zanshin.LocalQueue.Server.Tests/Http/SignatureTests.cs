using System.Net;
using System.Net.Sockets;
using System.Text;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.LocalQueue.Tests;

namespace Zanshin.LocalQueue.Server.Tests.Http;

/// <summary>A server with credentials answers only who has them. The signatures are the SDK's own.</summary>
public sealed class SignatureTests : IAsyncLifetime
{
    private readonly Recorder _recorder = new();
    private readonly ManualTime _time = new();
    private LocalSqsServer? _server;

    public async ValueTask InitializeAsync()
    {
        // The SDK signs with the machine's time; the server's is set to it, and then moved.
        _time.Advance(TimeProvider.System.GetUtcNow() - _time.GetUtcNow());
        _server = await LocalSqsServer.StartAsync(new() { Port = 0, Credentials = new("AKIDLOCAL", "secret/with+signs"), Queues = new() { TimeProvider = _time } });
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _recorder.Dispose();
    }

    [Fact]
    public async Task Who_has_the_credentials_may_call()
    {
        using var sqs = Client("AKIDLOCAL", "secret/with+signs");
        var queue = (await sqs.CreateQueueAsync("q")).QueueUrl;
        await sqs.SendMessageAsync(queue, "body \U0001F600");
        Assert.Equal("body \U0001F600", Assert.Single((await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(queue))).Messages).Body);
    }

    [Theory]
    [InlineData("AKIDLOCAL", "another", "SignatureDoesNotMatch")]
    [InlineData("AKIDOTHER", "secret/with+signs", "InvalidClientTokenId")]
    public async Task Others_may_not(string id, string secret, string code)
    {
        using var sqs = Client(id, secret);
        var error = await Assert.ThrowsAnyAsync<AmazonSQSException>(() => sqs.CreateQueueAsync("q"));
        Assert.Equal((code, HttpStatusCode.Forbidden), (error.ErrorCode, error.StatusCode));
        Assert.Null(_server!.Sqs.Engine.Find("q"));
    }

    [Fact]
    public async Task A_request_without_a_signature_is_refused()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync($"{_server!.Endpoint}?Action=CreateQueue&QueueName=q");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("MissingAuthenticationToken", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_credentials_it_may_be_called_by_any_name()
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_server!.Endpoint}?Action=ListQueues");
        request.Headers.Host = "sqs.example.com";
        using var answer = await http.SendAsync(request);
        Assert.Contains("MissingAuthenticationToken", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "MissingAuthenticationToken")]
    [InlineData("Authorization: AWS4-HMAC-SHA256 Credential=AKIDOTHER/20261201/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-target, Signature=00\r\nX-Amz-Date: 20261201T000000Z\r\n", "InvalidClientTokenId")]
    [InlineData("Authorization: AWS4-HMAC-SHA256 Credential=AKIDLOCAL/20201201/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-target, Signature=00\r\nX-Amz-Date: 20201201T000000Z\r\n", "SignatureDoesNotMatch")]
    public async Task Who_claims_no_good_signature_is_refused_before_the_body_is_read(string headers, string code)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(_server!.Endpoint.Host, _server.Endpoint.Port);
        var stream = socket.GetStream();
        // Of the body there is nothing yet.
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n{headers}Content-Length: 7000000\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var answer = new StringBuilder();
        while (!answer.ToString().Contains(code, StringComparison.Ordinal))
            answer.AppendLine(await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) ?? throw new InvalidOperationException(answer.ToString()));
        Assert.StartsWith("HTTP/1.1 403 ", answer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recorded_request_can_be_replayed_for_15_minutes_and_not_changed()
    {
        using var sqs = Client("AKIDLOCAL", "secret/with+signs");
        await sqs.CreateQueueAsync("q");
        Assert.Equal(HttpStatusCode.OK, await _recorder.AgainAsync());
        Assert.Equal(HttpStatusCode.Forbidden, await _recorder.AgainAsync(body: """{"QueueName":"other"}"""));
        Assert.Equal(HttpStatusCode.Forbidden, await _recorder.AgainAsync(target: "AmazonSQS.DeleteQueue"));
        Assert.Equal(HttpStatusCode.Forbidden, await _recorder.AgainAsync(query: "?x=1"));
        _time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(HttpStatusCode.OK, await _recorder.AgainAsync());
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.Forbidden, await _recorder.AgainAsync());
    }

    [Fact]
    public async Task A_target_that_is_not_signed_is_refused()
    {
        using var sqs = Client("AKIDLOCAL", "secret/with+signs");
        await sqs.CreateQueueAsync("q");
        _recorder.Change("Authorization", static a => a.Replace(";x-amz-target", "", StringComparison.Ordinal));
        Assert.Contains("x-amz-target header must be signed", await _recorder.TextAsync(), StringComparison.Ordinal);
    }

    /// <summary>The address is botocore's: generate_presigned_url("create_queue", ExpiresIn=60) at 2040-01-01T00:00:00Z.</summary>
    [Fact]
    public async Task A_signed_address_is_good_for_as_long_as_it_says_and_for_nothing_else()
    {
        const string signed = "/?Action=CreateQueue&Version=2012-11-05&QueueName=q&Tag.1.Key=a%20b&Tag.1.Value=%C3%A9%2B%26%3D%25&X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + "&X-Amz-Credential=AKIDLOCAL%2F20400101%2Fus-east-1%2Fsqs%2Faws4_request&X-Amz-Date=20400101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=df1ca62ae261c67c3f09e9ec2e6ef5662457e6c25f367aff6a8bebe2d3058c1a";
        _time.Advance(new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero) - _time.GetUtcNow());

        Assert.Equal(HttpStatusCode.OK, await GetAsync(signed));
        Assert.Equal("é+&=%", _server!.Sqs.Engine.Find("q")!.Settings.Tags["a b"]);
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(signed.Replace("QueueName=q", "QueueName=other", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(signed.Replace("Expires=60", "Expires=600", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(signed.Replace("&X-Amz-Expires=60", "", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(signed + "&QueueName=other"));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(signed));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(signed));
    }

    [Theory]
    [InlineData("AWS4-HMAC-SHA256 ")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDLOCAL, SignedHeaders=host, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDLOCAL/20300101/us-east-1/sqs/aws4_request, SignedHeaders=, Signature=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDLOCAL/////aws4_request, SignedHeaders=host;host;;, Signature=x")]
    [InlineData("Basic YTpi")]
    [MemberData(nameof(Endless))]
    public async Task Nonsense_is_refused(string authorization)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, _server!.Endpoint) { Content = new StringContent("{}") };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    public static TheoryData<string> Endless => ["AWS4-HMAC-SHA256 " + string.Concat(Enumerable.Repeat("Credential=AKIDLOCAL/a,", 1_000))];

    [Fact]
    public async Task With_credentials_it_may_be_reached_from_elsewhere()
    {
        await using var server = await LocalSqsServer.StartAsync(new() { Address = "0.0.0.0", Port = 0, Credentials = new("a", "b") });
        Assert.Equal("localhost", server.Endpoint.Host);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Endpoint.Port);
        var error = await Assert.ThrowsAsync<LocalSqsException>(() => LocalSqsServer.StartAsync(new() { Address = "example.com", Port = 0, Credentials = new("a", "b") }));
        Assert.Contains("is no IP address", error.Message, StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode> GetAsync(string address)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, _server!.Endpoint.ToString().TrimEnd('/') + address) { Headers = { Host = "localhost:9324" } };
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private AmazonSQSClient Client(string id, string secret) => new(
        new BasicAWSCredentials(id, secret),
        new AmazonSQSConfig { ServiceURL = _server!.Endpoint.ToString(), MaxErrorRetry = 0, HttpClientFactory = _recorder });

    /// <summary>Keeps the last request, and sends it again, changed or not.</summary>
    private sealed class Recorder : HttpClientFactory, IDisposable
    {
        private readonly HttpClient _http = new();
        private HttpRequestMessage? _last;
        private byte[] _body = [];

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Keeping(this));

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public void Change(string header, Func<string, string> change)
        {
            var value = change(string.Join(',', _last!.Headers.GetValues(header)));
            _last.Headers.Remove(header);
            _last.Headers.TryAddWithoutValidation(header, value);
        }

        public async Task<string> TextAsync()
        {
            using var answer = await SendAsync(null, null, "");
            return await answer.Content.ReadAsStringAsync();
        }

        public async Task<HttpStatusCode> AgainAsync(string? body = null, string? target = null, string query = "")
        {
            using var answer = await SendAsync(body, target, query);
            return answer.StatusCode;
        }

        private async Task<HttpResponseMessage> SendAsync(string? body, string? target, string query)
        {
            using var request = new HttpRequestMessage(_last!.Method, _last.RequestUri + query) { Content = new ByteArrayContent(body is null ? _body : Encoding.UTF8.GetBytes(body)) };
            foreach (var (name, values) in _last.Headers) request.Headers.TryAddWithoutValidation(name, values);
            foreach (var (name, values) in _last.Content!.Headers)
            {
                if (name != "Content-Length") request.Content.Headers.TryAddWithoutValidation(name, values);
            }

            if (target is not null)
            {
                request.Headers.Remove("X-Amz-Target");
                request.Headers.Add("X-Amz-Target", target);
            }

            return await _http.SendAsync(request);
        }

        public void Dispose() => _http.Dispose();

        private sealed class Keeping(Recorder recorder) : DelegatingHandler(new SocketsHttpHandler())
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                (recorder._last, recorder._body) = (request, await request.Content!.ReadAsByteArrayAsync(cancellationToken));
                return await base.SendAsync(request, cancellationToken);
            }
        }
    }
}
