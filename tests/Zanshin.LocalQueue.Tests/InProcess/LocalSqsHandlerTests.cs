using System.Text;
using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.InProcess;

public sealed class LocalSqsHandlerTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly LocalSqs _sqs;
    private readonly HttpMessageInvoker _http;

    public LocalSqsHandlerTests()
    {
        _sqs = new(new LocalSqsOptions { TimeProvider = _time, Seed = 7, InFlightLimit = 3 });
        _http = new(new LocalSqsHandler(_sqs));
    }

    public void Dispose()
    {
        _http.Dispose();
        _sqs.Dispose();
    }

    [Fact]
    public async Task A_call_that_need_not_wait_is_answered_before_SendAsync_returns()
    {
        var call = CallAsync("CreateQueue", """{"QueueName":"q"}""");
        Assert.True(call.IsCompletedSuccessfully);
        Assert.Equal("""{"QueueUrl":"http://sqs.test/000000000000/q"}""", await BodyAsync(await call));
    }

    [Fact]
    public async Task An_empty_receive_is_an_empty_object()
    {
        await CallAsync("CreateQueue", """{"QueueName":"q"}""");
        using var answer = await CallAsync("ReceiveMessage", """{"QueueUrl":"http://x/000000000000/q"}""");
        Assert.Equal("{}", await BodyAsync(answer));
        Assert.Equal("application/x-amz-json-1.0", answer.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task A_list_of_no_queues_is_no_list() => Assert.Equal("{}", await BodyAsync(await CallAsync("ListQueues", """{"QueueNamePrefix":"nothing"}""")));

    [Theory]
    [InlineData("SendMessage", "", """{"QueueUrl":"q","MessageBody":"a"}""", "Root=1")]
    [InlineData("SendMessage", "", """{"QueueUrl":"q","MessageBody":"a","MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=own"}}}""", "Root=own")]
    [InlineData("SendMessageBatch", "", """{"QueueUrl":"q","Entries":[{"Id":"1","MessageBody":"a"}]}""", "Root=1")]
    [InlineData("SendMessage", "QueueUrl=q&MessageBody=a", "", "Root=1")]
    public async Task The_trace_of_a_call_goes_with_what_it_sends(string action, string query, string body, string expected)
    {
        await CallAsync("CreateQueue", """{"QueueName":"q"}""");
        using var request = query.Length > 0
            ? new HttpRequestMessage(HttpMethod.Get, $"http://sqs.test/?Action={action}&{query}")
            : new HttpRequestMessage(HttpMethod.Post, "http://sqs.test/") { Content = new StringContent(body), Headers = { { "X-Amz-Target", "AmazonSQS." + action } } };
        request.Headers.Add("X-Amzn-Trace-Id", "Root=1");
        using var sent = await _http.SendAsync(request, CancellationToken.None);
        Assert.True(sent.IsSuccessStatusCode);
        using var got = await CallAsync("ReceiveMessage", """{"QueueUrl":"q","MessageSystemAttributeNames":["AWSTraceHeader"]}""");
        Assert.Contains($"\"AWSTraceHeader\":\"{expected}\"", await BodyAsync(got), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_has_type_header_and_status()
    {
        using var answer = await CallAsync("GetQueueUrl", """{"QueueName":"nowhere"}""");
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue;Sender", answer.Headers.GetValues("x-amzn-query-error").Single());
        Assert.Equal("""{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}""", await BodyAsync(answer));
    }

    [Theory]
    [InlineData("FlyToTheMoon", "{}", "InvalidAction;Sender")]
    [InlineData("ListQueues", "{", "MalformedInput;Sender")]
    [InlineData("ListQueues", "[]", "MalformedInput;Sender")]
    [InlineData("ListQueues", """{"MaxResults":"many"}""", "MalformedInput;Sender")]
    [InlineData("SendMessage", """{"QueueUrl":"q","MessageBody":7}""", "MalformedInput;Sender")]
    public async Task A_call_that_cannot_be_read_is_an_error(string action, string body, string error)
    {
        using var answer = await CallAsync(action, body);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal(error, answer.Headers.GetValues("x-amzn-query-error").Single());
    }

    [Fact]
    public async Task Half_a_surrogate_pair_fails_its_entry_only()
    {
        await CallAsync("CreateQueue", """{"QueueName":"q"}""");
        using var answer = await CallAsync("SendMessageBatch", """{"QueueUrl":"q","Entries":[{"Id":"1","MessageBody":"\ud83d"},{"Id":"2","MessageBody":"\ud83d\ude00"}]}""");
        var body = await BodyAsync(answer);
        Assert.Contains("\"Failed\":[{\"Id\":\"1\",\"Code\":\"InvalidMessageContents\"", body, StringComparison.Ordinal);
        Assert.Contains("\"Successful\":[{\"Id\":\"2\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_whole_exchange_runs_inline_on_one_thread_whatever_its_synchronization_context()
    {
        using var client = LocalClients.Over(_sqs);
        await client.CreateQueueAsync("q");
        var context = new RefusingContext();
        var previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            // No await here: everything must have happened by the time each call returns.
            var poll = client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 20 });
            Assert.False(poll.IsCompleted);
            Assert.True(client.SendMessageAsync("q", "a").IsCompletedSuccessfully);
            Assert.True(poll.IsCompletedSuccessfully);

            poll = client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 20 });
            _time.Advance(TimeSpan.FromSeconds(20));
            Assert.True(poll.IsCompletedSuccessfully);

            using var gone = new CancellationTokenSource();
            poll = client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 20 }, gone.Token);
            gone.Cancel();
            Assert.True(poll.IsCanceled);
            Assert.Same(context, SynchronizationContext.Current);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }
    }

    [Fact]
    public async Task The_same_seed_and_calls_give_the_same_ids_and_handles()
    {
        async Task<string> RunAsync()
        {
            using var sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = new ManualTime(), Seed = 42 });
            using var client = LocalClients.Over(sqs);
            await client.CreateQueueAsync("q");
            var log = new StringBuilder();
            for (var i = 0; i < 5; i++) log.AppendLine((await client.SendMessageAsync("q", "a")).MessageId);
            foreach (var m in (await client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { MaxNumberOfMessages = 10 })).Messages) log.AppendLine(m.ReceiptHandle);
            return log.ToString();
        }

        Assert.Equal(await RunAsync(), await RunAsync());
    }

    [Fact]
    public async Task A_full_queue_answers_OverLimit_to_a_short_poll_and_lets_a_long_one_wait_for_room()
    {
        using var client = LocalClients.Over(_sqs);
        await client.CreateQueueAsync("q");
        for (var i = 0; i < 4; i++) await client.SendMessageAsync("q", $"{i}");
        var three = (await client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { MaxNumberOfMessages = 10 })).Messages;
        Assert.Equal(3, three.Count);
        await Assert.ThrowsAsync<OverLimitException>(() => client.ReceiveMessageAsync("q"));
        var poll = client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 20 });
        Assert.False(poll.IsCompleted);
        await client.DeleteMessageAsync("q", three[0].ReceiptHandle);
        Assert.Equal("3", Assert.Single((await poll).Messages).Body);
    }

    [Fact]
    public async Task Disposing_ends_open_polls_empty_and_leaves_no_timer()
    {
        using var client = LocalClients.Over(_sqs);
        await client.CreateQueueAsync("q");
        var poll = client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 20 });
        Assert.Equal(1, _time.ArmedTimers);
        _sqs.Dispose();
        Assert.Null((await poll).Messages);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task Nothing_is_timed_while_nobody_waits()
    {
        using var client = LocalClients.Over(_sqs);
        await client.CreateQueueAsync("q");
        await client.SendMessageAsync(new SendMessageRequest("q", "a") { DelaySeconds = 5 });
        await client.SendMessageAsync("q", "b");
        await client.ReceiveMessageAsync("q");
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task Who_goes_while_he_waits_leaves_no_timer()
    {
        using var client = LocalClients.Over(_sqs);
        await client.CreateQueueAsync("q");
        using var goes = new CancellationTokenSource();
        var poll = client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 20 }, goes.Token);
        var stays = client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 10 });
        await goes.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        Assert.Equal(1, _time.ArmedTimers);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null((await stays).Messages);
        using var alone = new CancellationTokenSource();
        var last = client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 20 }, alone.Token);
        await alone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => last);
        Assert.Equal(0, _time.ArmedTimers);
        // The next is timed again.
        var next = client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 1 });
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(next.IsCompleted);
    }

    [Fact]
    public async Task Messages_purged_while_their_answer_was_under_way_do_not_come_back()
    {
        var queue = _sqs.Engine.Create("us-east-1", "q", Zanshin.LocalQueue.Actions.QueueSettingsReader.None(fifo: false), _ => null).Item1!;
        using var client = LocalClients.Over(_sqs);
        await client.SendMessageAsync("q", "a");
        var taken = queue.Receive(new(10, null, 0, null), _ => throw new InvalidOperationException())!.Value.Messages;
        Assert.Single(taken);
        await client.PurgeQueueAsync("q");
        queue.GiveBack(taken);
        Assert.Equal(default, queue.Count());
        Assert.Null((await client.ReceiveMessageAsync("q")).Messages);
    }

    private Task<HttpResponseMessage> CallAsync(string action, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://sqs.test/") { Content = new StringContent(body) };
        request.Headers.Add("X-Amz-Target", "AmazonSQS." + action);
        return _http.SendAsync(request, CancellationToken.None);
    }

    private static Task<string> BodyAsync(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync();

    private sealed class RefusingContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => throw new InvalidOperationException("Something left the thread.");

        public override void Send(SendOrPostCallback d, object? state) => throw new InvalidOperationException("Something left the thread.");
    }
}
