using System.Net;
using Zanshin.LocalQueue;

namespace Zanshin.Testing.Tests;

/// <summary>Rules strike calls of the older Query protocol too, and answer in it.</summary>
public sealed class SqsFaultsQueryTests : IDisposable
{
    private readonly LocalSqs _sqs = new();
    private readonly SqsFaults _faults;
    private readonly HttpClient _http;

    public SqsFaultsQueryTests()
    {
        _faults = new SqsFaults(_sqs);
        _http = new HttpClient(_faults, disposeHandler: false);
    }

    public void Dispose()
    {
        _http.Dispose();
        _faults.Dispose();
        _sqs.Dispose();
    }

    [Fact]
    public async Task A_refused_call_is_answered_in_xml()
    {
        await CallAsync("Action=CreateQueue&QueueName=orders");
        SqsFault fault = _faults.On("ReceiveMessage", queue: "orders").After(1).Fail("RequestThrottled");

        Assert.Equal(HttpStatusCode.OK, (await CallAsync("Action=ReceiveMessage", "000000000000/orders")).Status);
        (HttpStatusCode status, string body) = await CallAsync("Action=ReceiveMessage", "000000000000/orders");

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("<Type>Sender</Type><Code>RequestThrottled</Code>", body, StringComparison.Ordinal);
        Assert.Equal((1, 2), (fault.Strikes, _faults.CallsOf("ReceiveMessage", "orders")));
    }

    [Fact]
    public async Task Single_entries_of_a_batch_fail()
    {
        await CallAsync("Action=CreateQueue&QueueName=orders");
        _faults.On("SendMessageBatch", queue: "orders").FailEntries(static e => e.Body == "b");

        (HttpStatusCode status, string body) = await CallAsync(
            "Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=one&SendMessageBatchRequestEntry.1.MessageBody=a"
            + "&SendMessageBatchRequestEntry.2.Id=two&SendMessageBatchRequestEntry.2.MessageBody=b", "000000000000/orders");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("<SendMessageBatchResultEntry><Id>one</Id>", body, StringComparison.Ordinal);
        Assert.Contains("<BatchResultErrorEntry><Id>two</Id><Code>InternalError</Code>", body, StringComparison.Ordinal);
        Assert.Contains("<SenderFault>false</SenderFault>", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_answer_was_done()
    {
        await CallAsync("Action=CreateQueue&QueueName=orders");
        _faults.On("SendMessage").LoseAnswer();

        await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync("Action=SendMessage&MessageBody=kept", "000000000000/orders"));
        Assert.Contains("<Body>kept</Body>", (await CallAsync("Action=ReceiveMessage", "000000000000/orders")).Body, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, string Body)> CallAsync(string form, string path = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://localhost:9324/{path}")
        {
            Content = new StringContent(form, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded"),
        };
        using HttpResponseMessage answer = await _http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
