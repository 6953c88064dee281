using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.Cli.Sqs;
using Zanshin.Testing;

namespace Zanshin.Cli.Tests.Sqs;

/// <summary>What the tool says of a call that failed.</summary>
public class SqsTroubleTests
{
    [Theory]
    [InlineData(HttpStatusCode.ProxyAuthenticationRequired, "HTTP 407 Proxy Authentication Required from squid, which is no answer of SQS", false)]
    [InlineData(HttpStatusCode.TemporaryRedirect, "HTTP 307 Temporary Redirect from squid, which is no answer of SQS", false)]
    [InlineData(HttpStatusCode.NotFound, "HTTP 404 Not Found from squid, which is no answer of SQS", false)]
    [InlineData(HttpStatusCode.BadRequest, "HTTP 400 Bad Request from squid, which is no answer of SQS", false)]
    [InlineData(HttpStatusCode.BadGateway, "HTTP 502 Bad Gateway from squid, which is no answer of SQS", true)]
    [InlineData(HttpStatusCode.OK, "HTTP 200 OK, with a body that is no answer of SQS", true)]
    public async Task The_tool_says_the_status_of_a_gateways_answer_and_who_gave_it(HttpStatusCode status, string says, bool passes)
    {
        using AmazonSQSClient client = LocalSqsClient.Create(new Gateway(status));
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => client.ListQueuesAsync(new ListQueuesRequest()));
        Assert.StartsWith($"no SQS answers at there, which was to list queues: {says}.", SqsTrouble.Sentence("list queues", "there", exception), StringComparison.Ordinal);
        Assert.Equal((passes, false), (SqsTrouble.CanPass(exception), SqsTrouble.IsAboutMessages(exception)));
    }

    [Fact]
    public void Nothing_is_to_be_seen_in_an_inner_exception()
    {
        var tls = new HttpRequestException("The SSL connection could not be established, see inner exception.", new AuthenticationException("The remote certificate is invalid."));
        Assert.Equal("The SSL connection could not be established: The remote certificate is invalid", SqsTrouble.Reason(tls));
    }

    private sealed class Gateway(HttpStatusCode status) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = new HttpResponseMessage(status) { Content = new StringContent("<html>Please log in</html>", new MediaTypeHeaderValue("text/html")) };
            answer.Headers.TryAddWithoutValidation("Server", "squid");
            return Task.FromResult(answer);
        }
    }
}
