using Amazon.SQS;
using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.InProcess;

/// <summary>The region that a call is signed for: whose queues it sees, and what their ARNs say.</summary>
public sealed class RegionTests : IDisposable
{
    private readonly LocalSqs _sqs = new(new LocalSqsOptions { AccountId = "123456789012", TimeProvider = new ManualTime() });
    private readonly HttpMessageInvoker _http;

    public RegionTests() => _http = new(new LocalSqsHandler(_sqs));

    public void Dispose()
    {
        _http.Dispose();
        _sqs.Dispose();
    }

    [Fact]
    public async Task Each_region_has_its_own_queues()
    {
        using var virginia = Client("us-east-1");
        using var paris = Client("eu-west-3");
        var here = (await virginia.CreateQueueAsync("orders")).QueueUrl;
        var there = (await paris.CreateQueueAsync(new CreateQueueRequest("orders") { Attributes = new() { ["DelaySeconds"] = "1" } })).QueueUrl;
        Assert.Equal(here, there);
        Assert.Equal("arn:aws:sqs:us-east-1:123456789012:orders", (await virginia.GetQueueAttributesAsync(here, ["QueueArn"])).QueueARN);
        Assert.Equal("arn:aws:sqs:eu-west-3:123456789012:orders", (await paris.GetQueueAttributesAsync(there, ["QueueArn"])).QueueARN);
        await virginia.SendMessageAsync(here, "virginia");
        Assert.Null((await paris.ReceiveMessageAsync(there)).Messages);
        await virginia.DeleteQueueAsync(here);
        Assert.Null((await virginia.ListQueuesAsync(new ListQueuesRequest())).QueueUrls);
        Assert.Equal([there], (await paris.ListQueuesAsync(new ListQueuesRequest())).QueueUrls);
        // The name is held where it was deleted only.
        await Assert.ThrowsAsync<QueueDeletedRecentlyException>(() => virginia.CreateQueueAsync("orders"));
        await paris.SendMessageAsync(there, "paris");
    }

    [Fact]
    public async Task A_dead_letter_queue_is_of_the_same_region()
    {
        using var virginia = Client("us-east-1");
        using var paris = Client("eu-west-3");
        await virginia.CreateQueueAsync("dead");
        string Policy(string region) => $$"""{"deadLetterTargetArn":"arn:aws:sqs:{{region}}:123456789012:dead","maxReceiveCount":1}""";
        await Assert.ThrowsAnyAsync<AmazonSQSException>(() => paris.CreateQueueAsync(new CreateQueueRequest("orders") { Attributes = new() { ["RedrivePolicy"] = Policy("us-east-1") } }));
        await Assert.ThrowsAnyAsync<AmazonSQSException>(() => paris.CreateQueueAsync(new CreateQueueRequest("orders") { Attributes = new() { ["RedrivePolicy"] = Policy("eu-west-3") } }));
        var dead = (await paris.CreateQueueAsync("dead")).QueueUrl;
        var orders = (await paris.CreateQueueAsync(new CreateQueueRequest("orders") { Attributes = new() { ["RedrivePolicy"] = Policy("eu-west-3") } })).QueueUrl;
        await paris.SendMessageAsync(orders, "a");
        for (var i = 0; i < 2; i++) await paris.ReceiveMessageAsync(new ReceiveMessageRequest(orders) { VisibilityTimeout = 0 });
        Assert.Equal("a", Assert.Single((await paris.ReceiveMessageAsync(dead)).Messages).Body);
        Assert.Equal([orders], (await paris.ListDeadLetterSourceQueuesAsync(new ListDeadLetterSourceQueuesRequest { QueueUrl = dead })).QueueUrls);
    }

    [Fact]
    public async Task Who_asks_in_the_wrong_region_is_told()
    {
        using var virginia = Client("us-east-1");
        using var paris = Client("eu-west-3");
        var url = (await virginia.CreateQueueAsync("orders")).QueueUrl;
        var error = await Assert.ThrowsAsync<QueueDoesNotExistException>(() => paris.SendMessageAsync(url, "a"));
        Assert.Equal("The specified queue does not exist. The request is signed for eu-west-3; there is a queue of this name in us-east-1.", error.Message);
        error = await Assert.ThrowsAsync<QueueDoesNotExistException>(() => paris.GetQueueUrlAsync("others"));
        Assert.Equal("The specified queue does not exist.", error.Message);
    }

    [Theory]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/b/20261201/eu-west-3/sqs/aws4_request, SignedHeaders=host, Signature=0", "", "eu-west-3")]
    [InlineData("AWS4-HMAC-SHA256 Credential=key/20261201/EU-WEST-3/sqs/aws4_request,SignedHeaders=host,Signature=0", "", "eu-west-3")]
    [InlineData("AWS4-HMAC-SHA256 Credential=key/20261201/eu-west-3/sqs", "", "us-east-1")]
    [InlineData("AWS4-HMAC-SHA256 Credential=key/20261201/../sqs/aws4_request", "", "us-east-1")]
    [InlineData("Basic YTpi", "", "us-east-1")]
    [InlineData(null, "", "us-east-1")]
    [InlineData(null, "&X-Amz-Credential=key%2F20261201%2Feu-west-3%2Fsqs%2Faws4_request&X-Amz-Date=1", "eu-west-3")]
    public async Task Both_protocols_tell_the_region_by_the_signature(string? authorization, string query, string region)
    {
        foreach (var (name, content) in new (string, HttpContent?)[] { ("json", new StringContent("""{"QueueName":"json"}""")), ("query", null) })
        {
            var request = new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, $"http://sqs.test/?Action=CreateQueue&QueueName=query{query}") { Content = content };
            if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
            if (content is not null) request.Headers.Add("X-Amz-Target", "AmazonSQS.CreateQueue");
            Assert.True((await _http.SendAsync(request, default)).IsSuccessStatusCode);
            Assert.Equal($"arn:aws:sqs:{region}:123456789012:{name}", _sqs.Engine.Find(region, name)?.Identity.Arn);
        }
    }

    private AmazonSQSClient Client(string region) => LocalClients.Over(new LocalSqsHandler(_sqs), region);
}
