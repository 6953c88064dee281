using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.InProcess;

/// <summary>Somebody sets the wall clock while the queues work.</summary>
public sealed class ClockTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly LocalSqs _sqs;
    private readonly Amazon.SQS.AmazonSQSClient _client;

    public ClockTests()
    {
        _sqs = new(new LocalSqsOptions { TimeProvider = _time });
        _client = LocalClients.Over(_sqs);
    }

    public void Dispose()
    {
        _client.Dispose();
        _sqs.Dispose();
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(5 * 86400)]
    public async Task Nobody_waits_for_it_and_nothing_is_dropped(int seconds)
    {
        await _client.CreateQueueAsync("q");
        await _client.SendMessageAsync(new SendMessageRequest("q", "delayed") { DelaySeconds = 3 });
        await _client.SendMessageAsync("q", "leased");
        await _client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { VisibilityTimeout = 3 });
        await _client.CreateQueueAsync("empty");
        var poll = _client.ReceiveMessageAsync(new ReceiveMessageRequest("empty") { WaitTimeSeconds = 3 });
        _time.Advance(TimeSpan.FromSeconds(1));
        _time.SetWall(TimeSpan.FromSeconds(seconds));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(poll.IsCompleted);
        Assert.Null((await _client.ReceiveMessageAsync("q")).Messages);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(poll.IsCompleted);
        Assert.Equal(["delayed", "leased"], (await _client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { MaxNumberOfMessages = 10 })).Messages.Select(m => m.Body).Order());
    }

    [Fact]
    public async Task What_is_shown_follows_it_and_keeps_its_age()
    {
        var queue = (await _client.CreateQueueAsync("q")).QueueUrl;
        await _client.SendMessageAsync(queue, "a");
        var sent = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromSeconds(10));
        _time.SetWall(TimeSpan.FromHours(-1));
        var message = Assert.Single((await _client.ReceiveMessageAsync(new ReceiveMessageRequest(queue) { MessageSystemAttributeNames = ["All"] })).Messages);
        Assert.Equal(sent.AddHours(-1).ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture), message.Attributes["SentTimestamp"]);
        Assert.Equal(_time.GetUtcNow().ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture), message.Attributes["ApproximateFirstReceiveTimestamp"]);
        Assert.Equal(sent.AddHours(-1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), (await _client.GetQueueAttributesAsync(queue, ["CreatedTimestamp"])).Attributes["CreatedTimestamp"]);
    }

    [Fact]
    public async Task Answers_are_dated_by_the_time_that_leases_live_by()
    {
        using var http = new HttpMessageInvoker(new LocalSqsHandler(_sqs));
        var before = _time.GetUtcNow();
        _time.SetWall(TimeSpan.FromHours(3));
        _time.Advance(TimeSpan.FromSeconds(10));
        using var answer = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "http://sqs.test/?Action=ListQueues"), default);
        Assert.Equal(before.AddSeconds(10), answer.Headers.Date);
    }

    [Fact]
    public void Time_in_which_the_machine_was_suspended_counts_and_a_clock_that_is_set_does_not()
    {
        var boot = TimeSpan.FromHours(9);
        var clock = new Zanshin.LocalQueue.Engine.EngineClock(_time, 0, () => boot);
        var began = clock.Now;
        _time.SetWall(TimeSpan.FromHours(5));
        Assert.Equal(began, clock.Now);
        // Asleep for an hour: the monotonic clock has not seen it.
        boot += TimeSpan.FromHours(1);
        _time.SetWall(TimeSpan.FromHours(1));
        Assert.Equal(began + TimeSpan.TicksPerHour, clock.Now);
        _time.Advance(TimeSpan.FromSeconds(1));
        boot += TimeSpan.FromSeconds(1);
        Assert.Equal(began + TimeSpan.TicksPerHour + TimeSpan.TicksPerSecond, clock.Now);
        Assert.Equal(_time.GetUtcNow().UtcTicks, clock.Shown(clock.Now));
    }

    [Fact]
    public async Task A_deleted_queues_name_is_free_after_its_minute()
    {
        var queue = (await _client.CreateQueueAsync("q")).QueueUrl;
        await _client.DeleteQueueAsync(queue);
        _time.SetWall(TimeSpan.FromHours(-1));
        _time.Advance(TimeSpan.FromSeconds(59));
        await Assert.ThrowsAsync<QueueDeletedRecentlyException>(() => _client.CreateQueueAsync("q"));
        _time.Advance(TimeSpan.FromSeconds(1));
        await _client.CreateQueueAsync("q");
    }
}
