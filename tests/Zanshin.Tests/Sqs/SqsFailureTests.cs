using System.Net;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Sqs;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sqs;

/// <summary>What a failed call is told to be.</summary>
public class SqsFailureTests
{
    [Theory]
    [InlineData(HttpStatusCode.ProxyAuthenticationRequired, "<html>Please log in</html>", "HTTP 407 Proxy Authentication Required from squid/5.7", false)]
    [InlineData(HttpStatusCode.TemporaryRedirect, "", "HTTP 307 Temporary Redirect from squid/5.7", false)]
    [InlineData(HttpStatusCode.Forbidden, """{"error":"blocked"}""", "HTTP 403 Forbidden from squid/5.7", false)]
    [InlineData(HttpStatusCode.NotFound, "", "HTTP 404 Not Found from squid/5.7", false)]
    [InlineData(HttpStatusCode.BadGateway, "<html>502</html>", "HTTP 502 Bad Gateway from squid/5.7", true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "upstream connect error", "HTTP 503 Service Unavailable from squid/5.7", true)]
    [InlineData(HttpStatusCode.OK, "<html>Please log in</html>", "HTTP 200 OK, with a body that is no answer of SQS", true)]
    public async Task An_answer_of_a_gateway_says_its_status_and_who_gave_it(HttpStatusCode status, string body, string says, bool passes)
    {
        using AmazonSQSClient client = LocalSqsClient.Create(new Gateway(status, body));
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => client.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = "http://localhost/000000000000/orders" }));
        SqsFailure failure = SqsFailure.Of(exception);
        Assert.StartsWith(says, failure.Reason, StringComparison.Ordinal);
        Assert.Equal((SqsFailureKind.NotSqs, passes), (failure.Kind, failure.Passes));
    }

    [Theory]
    [InlineData(HttpStatusCode.ProxyAuthenticationRequired, "HTTP 407 Proxy Authentication Required from squid/5.7")]
    [InlineData(HttpStatusCode.TemporaryRedirect, "HTTP 307 Temporary Redirect from squid/5.7")]
    [InlineData(HttpStatusCode.BadGateway, "HTTP 502 Bad Gateway from squid/5.7")]
    public void The_status_the_log_and_a_refused_start_tell_of_a_gateway_in_one_sentence(HttpStatusCode status, string says) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        using AmazonSQSClient between = LocalSqsClient.Create(new Gateway(status, "<html/>"));
        bench.Setup(
            static z =>
            {
                z.WaitForSqs = TimeSpan.Zero;
                z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
            },
            services => services.AddSingleton<IAmazonSQS>(between));
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Contains($"at http://localhost:9324: {says}, which is no answer of SQS.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("..", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void The_status_of_a_queue_says_where_a_gateway_was_met() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        var gateway = new Gateway(HttpStatusCode.ProxyAuthenticationRequired, "", bench.Faults);
        using AmazonSQSClient client = LocalSqsClient.Create(gateway);
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)), services => services.AddSingleton<IAmazonSQS>(client));
        gateway.Between = true;
        await bench.Pass(60);
        Assert.Equal("cannot receive: HTTP 407 Proxy Authentication Required from squid/5.7, which is no answer of SQS; asked was http://localhost:9324", bench.Status.Trouble);
        Assert.Contains(bench.Status.Trouble!["cannot receive: ".Length..], Assert.Single(bench.Log.Lines, static l => l.Id == 10).Text, StringComparison.Ordinal);
        gateway.Between = false;
        await bench.Until(() => bench.Status.Health == QueueHealth.Healthy);
        await bench.StopAsync();
    });

    [Fact]
    public void What_stands_in_an_inner_exception_is_said()
    {
        var tls = new HttpRequestException("The SSL connection could not be established, see inner exception.", new System.Security.Authentication.AuthenticationException("The remote certificate is invalid."));
        Assert.Equal("The SSL connection could not be established: The remote certificate is invalid.", SqsFailure.Of(tls).Reason);
        Assert.Equal("The connection was reset.", SqsFailure.Of(new HttpRequestException("The connection was reset.", new IOException("inside"))).Reason);
    }

    [Fact]
    public void Our_own_clients_follow_no_redirect()
    {
        using AmazonSQSClient here = Zanshin.Hosting.SqsClients.Create("http://127.0.0.1:1"), there = Zanshin.Hosting.SqsClients.Create(null, "eu-west-1");
        Assert.Equal((false, false), (here.Config.AllowAutoRedirect, there.Config.AllowAutoRedirect));
    }

    /// <summary>What a handler has left of a message may be part of a copy.</summary>
    [Fact]
    public void A_closed_stream_is_no_client_that_is_gone()
    {
        Assert.Equal(SqsFailureKind.ClientDisposed, SqsFailure.Of(new ObjectDisposedException("Amazon.SQS.AmazonSQSClient")).Kind);
        Assert.Equal(SqsFailureKind.ClientDisposed, SqsFailure.Of(new ObjectDisposedException("System.Net.Http.HttpClient")).Kind);
        Assert.Equal(SqsFailureKind.Unexpected, SqsFailure.Of(new ObjectDisposedException(null, "Cannot access a closed Stream.")).Kind);
        Assert.Equal(SqsFailureKind.Unexpected, SqsFailure.Of(new ObjectDisposedException("System.IO.MemoryStream")).Kind);
    }

    [Theory]
    [InlineData("InvalidSignatureException", "Signature expired: 1 is now earlier than 2", SqsFailureKind.Clock)]
    [InlineData("SignatureDoesNotMatch", "Signature not yet current: 2 is still later than 1", SqsFailureKind.Clock)]
    [InlineData("RequestExpired", "Request has expired", SqsFailureKind.Clock)]
    [InlineData("RequestTimeTooSkewed", "too large", SqsFailureKind.Clock)]
    [InlineData("InvalidSignatureException", "The request signature we calculated does not match the signature you provided", SqsFailureKind.Credentials)]
    [InlineData("ExpiredTokenException", "The security token included in the request is expired", SqsFailureKind.Credentials)]
    public void A_wrong_clock_and_wrong_credentials_are_told_apart(string code, string text, object kind) =>
        Assert.Equal((SqsFailureKind)kind, SqsFailure.Of(new AmazonSQSException(text) { ErrorCode = code, StatusCode = HttpStatusCode.Forbidden }).Kind);

    private sealed class Gateway(HttpStatusCode status, string body, HttpMessageHandler? inner = null) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker? _inner = inner is null ? null : new HttpMessageInvoker(inner, disposeHandler: false);

        public bool Between { get; set; } = inner is null;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!Between)
                return _inner!.SendAsync(request, cancellationToken);
            var answer = new HttpResponseMessage(status) { Content = new StringContent(body, System.Text.Encoding.UTF8, "text/html") };
            answer.Headers.TryAddWithoutValidation("Server", "squid/5.7");
            return Task.FromResult(answer);
        }
    }
}
