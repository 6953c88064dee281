using System.Globalization;
using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Hosting;
using Zanshin.LocalQueue;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

/// <summary>What the worker expects of the SDK under it.</summary>
public class SqsClientsTests
{
    [Theory]
    [InlineData(Fate.LostBefore)]
    [InlineData(Fate.ServerError)]
    [InlineData(Fate.Throttled)]
    [InlineData(Fate.Expired)]
    [InlineData(Fate.NoName)]
    [InlineData(Fate.Cancelled)]
    public async Task Nothing_is_repeated_inside_the_client(Fate fate)
    {
        using AmazonSQSClient made = SqsClients.Create("http://localhost:9324");
        using var sqs = new LocalSqs();
        var faults = new Faults(sqs, TimeProvider.System) { Rule = (_, _) => fate };
        using AmazonSQSClient client = Client("http://localhost:9324", faults, made.Config);
        await Assert.ThrowsAnyAsync<Exception>(() => client.ReceiveMessageAsync("http://localhost:9324/000000000000/orders"));
        Assert.Equal(1, faults.Count("ReceiveMessage"));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-50)]
    public async Task Where_the_wall_clock_is_wrong_calls_are_signed_by_the_servers_clock(int hours)
    {
        using AmazonSQSClient made = SqsClients.Create("http://localhost:9324");
        var server = new Clocked { Ahead = TimeSpan.FromHours(hours) };
        // The SDK keeps its correction by endpoint, for the whole process.
        using AmazonSQSClient client = Client($"http://clock{hours}.test", server, made.Config);
        await Assert.ThrowsAsync<AmazonSQSException>(() => client.ListQueuesAsync(""));
        await client.ListQueuesAsync("");

        // Somebody sets the clock right.
        server.Ahead = TimeSpan.Zero;
        await Assert.ThrowsAsync<AmazonSQSException>(() => client.ListQueuesAsync(""));
        await client.ListQueuesAsync("");
    }

    /// <summary>The start took the one refusal that the SDK needs for its correction for the last word.</summary>
    [Theory]
    [InlineData("InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z")]
    [InlineData("SignatureDoesNotMatch", "Signature not yet current: 20260101T002000Z is still later than 20260101T001000Z")]
    [InlineData("RequestExpired", "Request has expired.")]
    [InlineData("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")]
    public async Task A_worker_starts_where_the_wall_clock_is_wrong(string code, string text)
    {
        using var sqs = new LocalSqs();
        using (AmazonSQSClient direct = Testing.LocalSqsClient.Create(sqs))
            await direct.CreateQueueAsync("orders");
        using AmazonSQSClient made = SqsClients.Create("http://localhost:9324");
        var server = new Clocked { Ahead = TimeSpan.FromMinutes(10), Inner = new LocalSqsHandler(sqs), Code = code, Text = text };
        using AmazonSQSClient client = Client($"http://{code}.test", server, made.Config);
        await using ServiceProvider services = new ServiceCollection().AddSingleton<IAmazonSQS>(client)
            .AddZanshin(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask))).BuildServiceProvider();
        var worker = services.GetRequiredService<ZanshinWorker>();
        await worker.StartAsync(default);
        Assert.Equal(WorkerState.Working, worker.GetStatus().State);
        await worker.StopAsync(new CancellationToken(canceled: true));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9324", true)]
    [InlineData("http://127.8.9.10", true)]
    [InlineData("http://[::1]:9324", true)]
    [InlineData("http://[::ffff:127.0.0.1]", true)]
    [InlineData("http://localhost:9324", true)]
    [InlineData("http://LOCALHOST.:9324", true)]
    [InlineData("http://sqs.localhost:4566", true)]
    [InlineData("http://localhost.localstack.cloud:4566", false)]
    [InlineData("http://notlocalhost", false)]
    [InlineData("http://10.0.0.1", false)]
    public void A_server_on_this_machine_is_known_by_its_address(string url, bool loopback)
    {
        Assert.Equal(loopback, Loopback.Is(new Uri(url)));
        using AmazonSQSClient client = SqsClients.Create(url, "us-east-1");
        Assert.Equal(loopback, client.Config.GetWebProxy() is DirectToLoopback proxy && proxy.IsBypassed(new Uri(url)) && proxy.GetProxy(new Uri(url)) is null);
    }

    [Theory]
    [InlineData("https://gateway.test/sqs/000000000000/orders")]
    [InlineData("https://gateway.test:8443/a/b/000000000000/orders.fifo")]
    public void Calls_about_a_queue_under_a_path_go_to_that_path(string url)
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        using var clients = new SqsClients(services, new ZanshinBuilder(new ServiceCollection()));
        Assert.StartsWith(SqsClients.Endpoint(clients.For(url)) + "/000000000000/", url, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_region_and_each_server_that_a_queue_names_has_one_client()
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        using var clients = new SqsClients(services, new ZanshinBuilder(new ServiceCollection()));
        IAmazonSQS ireland = clients.For("arn:aws:sqs:eu-west-1:123456789012:orders");
        Assert.Equal("eu-west-1", SqsClients.Endpoint(ireland));
        Assert.Same(ireland, clients.For("https://sqs.eu-west-1.amazonaws.com/123456789012/mail"));
        Assert.Equal("amazonaws.com.cn", clients.For("arn:aws-cn:sqs:cn-north-1:123456789012:orders").Config.RegionEndpoint.PartitionDnsSuffix);
        Assert.Equal("us-gov-west-1", SqsClients.Endpoint(clients.For("arn:aws-us-gov:sqs:us-gov-west-1:123456789012:orders")));
        Assert.Equal("http://127.0.0.1:9324", SqsClients.Endpoint(clients.For("http://127.0.0.1:9324/000000000000/orders")));
    }

    [Fact]
    public void An_endpoint_that_was_set_is_for_all_queues()
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        using var clients = new SqsClients(services, new ZanshinBuilder(new ServiceCollection()) { Endpoint = "http://127.0.0.1:9324" });
        IAmazonSQS client = clients.For("orders");
        Assert.Equal("http://127.0.0.1:9324", SqsClients.Endpoint(client));
        Assert.Same(client, clients.For("arn:aws:sqs:eu-west-1:123456789012:orders"));
        Assert.Same(client, clients.For("https://sqs.eu-west-1.amazonaws.com/123456789012/orders"));
    }

    [Fact]
    public void The_applications_client_is_first_and_must_not_ask_another_region()
    {
        using var all = new AmazonSQSClient(new BasicAWSCredentials("a", "b"), RegionEndpoint.USEast1);
        using var one = new AmazonSQSClient(new BasicAWSCredentials("a", "b"), RegionEndpoint.EUWest1);
        using var services = new ServiceCollection().AddSingleton<IAmazonSQS>(all).AddKeyedSingleton<IAmazonSQS>("mail", one).BuildServiceProvider();
        using var clients = new SqsClients(services, new ZanshinBuilder(new ServiceCollection()));
        Assert.Same(all, clients.For("orders"));
        Assert.Same(all, clients.For("arn:aws:sqs:us-east-1:123456789012:orders"));
        Assert.Same(one, clients.For("arn:aws:sqs:eu-west-1:123456789012:mail"));
        var error = Assert.Throws<ZanshinConfigurationException>(() => clients.For("arn:aws:sqs:eu-west-1:123456789012:orders"));
        Assert.Contains("'orders' is in eu-west-1 and the application's SQS client asks us-east-1", error.Message, StringComparison.Ordinal);
    }

    private static AmazonSQSClient Client(string endpoint, HttpMessageHandler transport, IClientConfig like) => new(
        new BasicAWSCredentials("a", "b"),
        new AmazonSQSConfig
        {
            ServiceURL = endpoint,
            AuthenticationRegion = "us-east-1",
            MaxErrorRetry = like.MaxErrorRetry,
            MaxStaleConnectionRetries = like.MaxStaleConnectionRetries,
            HttpClientFactory = new Over(transport),
        });

    /// <summary>Refuses a signature that is more than five minutes off its clock, as AWS does.</summary>
    private sealed class Clocked : HttpMessageHandler
    {
        private HttpMessageInvoker? _inner;

        public TimeSpan Ahead { get; set; }

        public HttpMessageHandler? Inner
        {
            init => _inner = new HttpMessageInvoker(value!);
        }

        public string Code { get; init; } = "InvalidSignatureException";

        public string Text { get; init; } = "Signature expired";

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow() + Ahead;
            DateTimeOffset signed = DateTimeOffset.ParseExact(
                request.Headers.GetValues("X-Amz-Date").First(), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            bool good = (now - signed).Duration() < TimeSpan.FromMinutes(5);
            if (good && _inner is not null)
            {
                HttpResponseMessage done = await _inner.SendAsync(request, cancellationToken).ConfigureAwait(false);
                done.Headers.Date = now;
                return done;
            }
            var answer = new HttpResponseMessage(good ? HttpStatusCode.OK : HttpStatusCode.Forbidden)
            {
                Content = new StringContent(good ? "{}" : $$"""{"__type":"com.amazon.coral.service#{{Code}}","message":"{{Text}}"}"""),
            };
            answer.Headers.Date = now;
            return answer;
        }
    }

    private sealed class Over(HttpMessageHandler transport) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(transport, disposeHandler: false);
    }
}
