using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.Testing.Tests.Faults;

namespace Zanshin.Testing.Tests;

/// <summary>What becomes of a call, as the real client and the queue see it.</summary>
public class SqsFaultsTests
{
    [Fact]
    public void Without_rules_everything_works() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        await bench.Client.SendMessageAsync(url, "one");

        Assert.Equal("one", (await bench.ReceiveAsync(url, client: bench.Client)).Single().Body);
        Assert.Equal(1, bench.Faults.CallsOf("SendMessage"));
    });

    [Theory]
    [InlineData("SendMessage", "RequestThrottled", typeof(RequestThrottledException), 403, "RequestThrottled")]
    [InlineData("SendMessage", "ThrottlingException", typeof(AmazonSQSException), 400, "ThrottlingException")]
    [InlineData("ReceiveMessage", "OverLimit", typeof(OverLimitException), 403, "OverLimit")]
    [InlineData("SendMessage", "InternalError", typeof(AmazonSQSException), 500, "InternalError")]
    [InlineData("SendMessage", "InternalFailure", typeof(AmazonSQSException), 500, "InternalError")]
    [InlineData("SendMessage", "ServiceUnavailable", typeof(AmazonSQSException), 503, "ServiceUnavailable")]
    [InlineData("SendMessage", "AccessDenied", typeof(AmazonSQSException), 403, "AccessDenied")]
    [InlineData("SendMessage", "ExpiredToken", typeof(AmazonSQSException), 403, "ExpiredToken")]
    [InlineData("SendMessage", "InvalidClientTokenId", typeof(AmazonSQSException), 403, "InvalidClientTokenId")]
    [InlineData("SendMessage", "SignatureDoesNotMatch", typeof(AmazonSQSException), 403, "SignatureDoesNotMatch")]
    [InlineData("SendMessage", "QueueDoesNotExist", typeof(QueueDoesNotExistException), 400, "AWS.SimpleQueueService.NonExistentQueue")]
    [InlineData("SendMessage", "AWS.SimpleQueueService.NonExistentQueue", typeof(QueueDoesNotExistException), 400, "AWS.SimpleQueueService.NonExistentQueue")]
    [InlineData("CreateQueue", "QueueDeletedRecently", typeof(QueueDeletedRecentlyException), 400, "AWS.SimpleQueueService.QueueDeletedRecently")]
    [InlineData("PurgeQueue", "PurgeQueueInProgress", typeof(PurgeQueueInProgressException), 403, "AWS.SimpleQueueService.PurgeQueueInProgress")]
    [InlineData("DeleteMessage", "ReceiptHandleIsInvalid", typeof(ReceiptHandleIsInvalidException), 404, "ReceiptHandleIsInvalid")]
    [InlineData("ChangeMessageVisibility", "MessageNotInflight", typeof(MessageNotInflightException), 400, "AWS.SimpleQueueService.MessageNotInflight")]
    [InlineData("SendMessage", "InvalidMessageContents", typeof(InvalidMessageContentsException), 400, "InvalidMessageContents")]
    [InlineData("SendMessage", "InvalidParameterValue", typeof(AmazonSQSException), 400, "InvalidParameterValue")]
    [InlineData("SendMessage", "UnsupportedOperation", typeof(UnsupportedOperationException), 400, "AWS.SimpleQueueService.UnsupportedOperation")]
    [InlineData("SendMessage", "KmsThrottled", typeof(KmsThrottledException), 400, "KMS.ThrottlingException")]
    [InlineData("SendMessage", "KmsAccessDenied", typeof(KmsAccessDeniedException), 400, "KMS.AccessDeniedException")]
    [InlineData("SendMessage", "KmsDisabled", typeof(KmsDisabledException), 400, "KMS.DisabledException")]
    public void A_refused_call_is_the_clients_own_exception(string action, string code, Type exception, int status, string answered) => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        SqsFault fault = bench.Faults.On(action).Fail(code);

        var thrown = (AmazonSQSException)await Assert.ThrowsAsync(exception, () => action switch
        {
            "CreateQueue" => bench.Client.CreateQueueAsync("other"),
            "PurgeQueue" => bench.Client.PurgeQueueAsync(url),
            "ReceiveMessage" => bench.Client.ReceiveMessageAsync(url),
            "DeleteMessage" => bench.Client.DeleteMessageAsync(url, "handle"),
            "ChangeMessageVisibility" => bench.Client.ChangeMessageVisibilityAsync(url, "handle", 1),
            _ => bench.Client.SendMessageAsync(url, "one"),
        });

        Assert.Equal((status, answered), ((int)thrown.StatusCode, thrown.ErrorCode));
        Assert.Equal(1, fault.Strikes);
    });

    [Fact]
    public void A_refused_call_is_not_done() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        bench.Faults.On("SendMessage").Fail("InternalError");

        await Assert.ThrowsAsync<AmazonSQSException>(() => bench.Client.SendMessageAsync(url, "one"));
        Assert.Equal((0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_lost_request_does_nothing_and_a_lost_answer_was_done() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        using (bench.Faults.On("SendMessage").LoseRequest())
            await Assert.ThrowsAsync<IOException>(() => bench.Client.SendMessageAsync(url, "one"));
        Assert.Equal((0, 0), await bench.DepthAsync(url));

        using (bench.Faults.On("SendMessage").LoseAnswer())
            await Assert.ThrowsAsync<IOException>(() => bench.Client.SendMessageAsync(url, "one"));
        Assert.Equal((1, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void What_a_lost_receive_took_stays_in_flight() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        await bench.SendAsync(url, "one");
        bench.Faults.On("ReceiveMessage").Times(1).LoseAnswer();
        await Assert.ThrowsAsync<IOException>(() => bench.ReceiveAsync(url, client: bench.Client));

        Assert.Equal((0, 1), await bench.DepthAsync(url));
        Assert.Empty(await bench.ReceiveAsync(url, wait: 20, client: bench.Client));
        Assert.Single(await bench.ReceiveAsync(url, wait: 20, client: bench.Client));
        Assert.Equal(30, bench.Seconds());
    });

    [Fact]
    public void A_delayed_request_is_done_late_and_a_delayed_answer_at_once() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        bench.Faults.On("SendMessage").Times(1).DelayRequest(TimeSpan.FromSeconds(3));
        bench.Faults.On("SendMessage").Times(1).DelayAnswer(TimeSpan.FromSeconds(3));

        foreach (int doneBefore in (int[])[0, 1])
        {
            double began = bench.Seconds();
            Task call = bench.Client.SendMessageAsync(url, "one");
            await Task.Delay(TimeSpan.FromSeconds(2), bench.Time);
            Assert.Equal((doneBefore, 0), await bench.DepthAsync(url));
            await call;
            Assert.Equal(3, bench.Seconds() - began);
            Assert.Equal((1, 0), await bench.DepthAsync(url));
            await bench.Direct.PurgeQueueAsync(url);
            await Task.Delay(TimeSpan.FromMinutes(2), bench.Time);
        }
    });

    [Fact]
    public void A_hang_lasts_until_the_caller_gives_up() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        SqsFault fault = bench.Faults.On("SendMessage").Hang();
        using CancellationTokenSource cancel = bench.CancelAfter(50);

        Task call = bench.Client.SendMessageAsync(url, "one", cancel.Token);
        await Task.Delay(TimeSpan.FromSeconds(1), bench.Time);
        fault.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        Assert.Equal(50, bench.Seconds());
        Assert.Equal((0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void An_answer_that_never_comes_was_done() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        bench.Faults.On("SendMessage").DelayAnswer(Timeout.InfiniteTimeSpan);
        using CancellationTokenSource cancel = bench.CancelAfter(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Client.SendMessageAsync(url, "one", cancel.Token));
        Assert.Equal((1, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_caller_that_gives_up_waits_for_no_delay_and_leaves_no_timer() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        bench.Faults.On("SendMessage").DelayRequest(TimeSpan.FromHours(1));
        using CancellationTokenSource cancel = bench.CancelAfter(5);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Client.SendMessageAsync(url, "one", cancel.Token));

        Assert.Equal(5, bench.Seconds());
        Assert.Equal(0, bench.Time.LiveTimers);
        await Task.Delay(TimeSpan.FromHours(2), bench.Time);
        Assert.Equal((0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public async Task On_real_time_a_cancelled_hang_ends_too()
    {
        using var sqs = new LocalQueue.LocalSqs();
        using var faults = new SqsFaults(sqs);
        using var client = LocalSqsClient.Create(faults);
        faults.OnAny().Hang();
        using var cancel = new CancellationTokenSource();

        Task call = client.ListQueuesAsync("", cancel.Token);
        Assert.False(call.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
    }
}
