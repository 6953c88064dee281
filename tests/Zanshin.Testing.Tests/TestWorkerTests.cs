using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zanshin.Testing.Tests.Handlers;

namespace Zanshin.Testing.Tests;

public class TestWorkerTests
{
    private readonly Stock _stock = new();

    [Fact]
    public async Task It_is_idle_when_all_is_done_that_was_sent_and_that_this_has_sent()
    {
        _stock.Placing = async (message, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancel);
            await message.Services.GetRequiredService<ISender>().SendAsync(new OrderShipped(message.Body.Number), new() { Group = $"{message.Body.Number % 3}" }, cancel);
            return Outcome.Done;
        };
        await using TestWorker worker = await StartAsync();

        for (int round = 1; round <= 5; round++)
        {
            await worker.Sender.SendAllAsync(Enumerable.Range(0, 20).Select(i => new OrderPlaced(100 * round + i)));
            await worker.WhenIdleAsync();
            Assert.Equal(20 * round, _stock.Shipped.Count);
        }

        Assert.Equal(100, worker.Sent.Of<OrderShipped>().Count);
        Assert.Empty(worker.Queues.In("orders"));
    }

    [Fact]
    public void The_hops_of_a_long_delay_are_not_the_applications()
    {
        var time = new VirtualTime();
        time.Run(async () =>
        {
            await using TestWorker worker = await TestWorker.StartAsync(
                static z =>
                {
                    Shop.Configure(z);
                    z.CarryLongDelays();
                },
                s => s.AddSingleton(_stock).AddVirtualTime(time));
            await worker.SendAsync(new OrderPlaced(7), new() { Delay = TimeSpan.FromHours(2) });
            await worker.WhenIdleAsync();

            Assert.Equal(TimeSpan.FromHours(2), worker.Sent.Single<OrderPlaced>().Delay);
            Assert.Equal((1, 1), (worker.Sent.Count, worker.Worker.GetStatus().Queues[0].Done));
        });
    }

    [Fact]
    public async Task It_is_idle_also_when_the_application_receives_itself_from_its_queues_or_others()
    {
        _stock.Placing = static (_, _) => throw new InvalidOrderException("no such tea");
        await using TestWorker worker = await StartAsync();
        var client = worker.Services.GetRequiredService<IAmazonSQS>();
        await worker.SendAsync(new OrderPlaced(1));
        await worker.WhenIdleAsync();

        string letters = (await client.GetQueueUrlAsync("orders-dlq")).QueueUrl;
        Assert.Single((await client.ReceiveMessageAsync(letters)).Messages);
        await worker.WhenIdleAsync();

        // Of a queue that the worker works too. While that is paused, a receive that is open may still bring the worker one.
        worker.Worker.Queue("orders").Pause();
        string orders = (await client.GetQueueUrlAsync("orders")).QueueUrl;
        int taken = 0;
        for (int number = 2; taken == 0 && number < 30; number++)
        {
            await worker.SendAsync(new OrderPlaced(number));
            taken = (await client.ReceiveMessageAsync(orders)).Messages?.Count ?? 0;
        }
        worker.Worker.Queue("orders").Resume();
        await worker.WhenIdleAsync();

        Assert.Equal(1, taken);
        Assert.Single(worker.Queues.In("orders"));
        string others = (await client.GetQueueUrlAsync("shipments-dlq.fifo")).QueueUrl;
        using var end = new CancellationTokenSource();
        Task<ReceiveMessageResponse> open = client.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = others, WaitTimeSeconds = 20 }, end.Token);
        await worker.SendAsync(new OrderShipped(1), new() { Group = "1" });
        await worker.WhenIdleAsync();
        Assert.False(open.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
    }

    [Fact]
    public void An_answer_that_is_on_its_way_to_the_worker_is_waited_for()
    {
        var time = new VirtualTime();
        time.Run(async () =>
        {
            await using TestWorker worker = await TestWorker.StartAsync(Shop.Configure, s => s.AddSingleton(_stock).AddVirtualTime(time));
            worker.Queues.Faults.On("ReceiveMessage").DelayAnswer(TimeSpan.FromSeconds(3));
            // The receive that is open already is not delayed; it takes the first.
            await worker.SendAsync(new OrderPlaced(1));
            await worker.WhenIdleAsync(later: false);

            await worker.SendAsync(new OrderPlaced(2));
            await worker.WhenIdleAsync(later: false);

            Assert.Equal(2, worker.Worker.GetStatus().Queues[0].Done);
        });
    }

    [Fact]
    public void Buffered_messages_are_waited_for()
    {
        var time = new VirtualTime();
        time.Run(async () =>
        {
            await using TestWorker worker = await TestWorker.StartAsync(
                static z =>
                {
                    Shop.Configure(z);
                    z.BufferSends(static o => o.Linger = TimeSpan.FromSeconds(5));
                },
                s => s.AddSingleton(_stock).AddVirtualTime(time));
            var buffered = worker.Services.GetRequiredService<IBufferedSender>();
            worker.Queues.Faults.On("SendMessageBatch").DelayRequest(TimeSpan.FromSeconds(5));

            for (int number = 1; number <= 3; number++)
                await buffered.EnqueueAsync(new OrderPlaced(number));
            var late = await Assert.ThrowsAsync<TimeoutException>(() => worker.WhenIdleAsync(TimeSpan.FromSeconds(1)));
            await worker.WhenIdleAsync();

            Assert.Equal("The worker is not idle after 00:00:01: 3 buffered messages are not sent.", late.Message);
            Assert.Equal(3, worker.Worker.GetStatus().Queues[0].Done);
        });
    }

    [Fact]
    public async Task Dead_letters_can_be_read_with_their_reason()
    {
        _stock.Placing = static (_, _) => throw new InvalidOrderException("no such tea");
        await using TestWorker worker = await StartAsync();

        await worker.SendAsync(new OrderPlaced(7));
        await worker.WhenIdleAsync();

        QueuedMessage letter = Assert.Single(worker.Queues.DeadLettersOf("orders"));
        Assert.Equal("InvalidOrderException: no such tea", letter.RejectReason);
        Assert.Equal(7, letter.ReadAs<OrderPlaced>(ShopJson.Default.OrderPlaced).Number);
        Assert.Single(worker.Sent);
        Assert.Throws<ArgumentException>(() => worker.Queues.DeadLettersOf("order"));
    }

    [Fact]
    public async Task What_becomes_visible_later_is_left_unless_it_is_asked_for()
    {
        _stock.Placing = static (_, _) => ValueTask.FromResult(Outcome.Retry(TimeSpan.FromMinutes(5)));
        await using TestWorker worker = await StartAsync();

        await worker.SendAsync(new OrderPlaced(1));
        await worker.SendAsync(new OrderPlaced(2), new() { Delay = TimeSpan.FromMinutes(10) });
        await worker.WhenIdleAsync();
        var late = await Assert.ThrowsAsync<TimeoutException>(() => worker.WhenIdleAsync(TimeSpan.FromMilliseconds(100), later: true));

        Assert.Equal(2, worker.Queues.In("orders").Count(static m => !m.Visible));
        Assert.Equal("The worker is not idle after 00:00:00.1000000: 'orders' has 0 visible, 1 in flight and 1 delayed messages.", late.Message);
    }

    [Fact]
    public async Task A_handler_that_runs_on_is_named_and_cancelled_when_the_test_ends()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource();
        _stock.Placing = async (_, cancel) =>
        {
            using CancellationTokenRegistration registration = cancel.Register(cancelled.SetResult);
            began.SetResult();
            await Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, cancel);
            return Outcome.Done;
        };
        TestWorker worker = await StartAsync();
        string? id = await worker.SendAsync(new OrderPlaced(1));
        await began.Task;

        var late = await Assert.ThrowsAsync<TimeoutException>(() => worker.WhenIdleAsync(TimeSpan.FromMilliseconds(200)));
        await worker.DisposeAsync();

        Assert.Matches($"^The worker is not idle after 00:00:00.2000000: message {id} of 'orders' runs for 0:00:0[0-9.]+ in PlaceOrder.*, attempt 1;", late.Message);
        Assert.True(cancelled.Task.IsCompletedSuccessfully);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => worker.WhenIdleAsync());
    }

    [Fact]
    public async Task Quiet_and_stopped_workers_are_no_reason_to_wait_for_ever()
    {
        await using TestWorker worker = await StartAsync();
        worker.Worker.Quiet();
        // The receive that is open when it falls quiet may still bring the first.
        await worker.SendAsync(new OrderPlaced(1));
        await worker.SendAsync(new OrderPlaced(2));

        var late = await Assert.ThrowsAsync<TimeoutException>(() => worker.WhenIdleAsync(TimeSpan.FromMilliseconds(100)));
        await worker.Worker.StopAsync(new CancellationToken(canceled: true));
        var stopped = await Assert.ThrowsAsync<InvalidOperationException>(() => worker.WhenIdleAsync());

        Assert.Contains("the worker is quiet", late.Message, StringComparison.Ordinal);
        Assert.StartsWith("The worker cannot become idle, it is not running (Stopped)", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void On_virtual_time_delays_and_retries_are_waited_for()
    {
        List<TimeSpan> at = [];
        var time = new VirtualTime();
        time.Run(async () =>
        {
            long began = time.GetTimestamp();
            _stock.Placing = (message, _) =>
            {
                at.Add(TimeSpan.FromSeconds(Math.Round(time.GetElapsedTime(began).TotalSeconds)));
                return ValueTask.FromResult(message.Attempt == 1 ? Outcome.Retry(TimeSpan.FromHours(2)) : Outcome.Done);
            };
            await using TestWorker worker = await TestWorker.StartAsync(Shop.Configure, s => s.AddSingleton(_stock).AddVirtualTime(time));
            await worker.SendAsync(new OrderPlaced(1), new() { Delay = TimeSpan.FromMinutes(15) });
            await worker.WhenIdleAsync();
        });

        Assert.Equal([TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(135)], at);
        Assert.Equal(0, time.LiveTimers);
    }

    [Fact]
    public async Task Faults_come_between_the_application_and_the_queue()
    {
        await using TestWorker worker = await StartAsync();
        SqsFault lost = worker.Queues.Faults.On("SendMessageBatch").Times(1).LoseAnswer();

        await worker.SendAsync(new OrderPlaced(1));
        await worker.WhenIdleAsync();

        Assert.Equal(1, lost.Strikes);
        Assert.Single(worker.Sent);
        Assert.Equal(2, worker.Worker.GetStatus().Queues[0].Done);
    }

    [Fact]
    public async Task A_hosts_own_client_is_replaced_and_its_stop_does_not_wait_for_receives()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(_stock);
        builder.Services.AddSingleton<IAmazonSQS>(static _ => throw new InvalidOperationException("the real one"));
        builder.Services.AddKeyedSingleton<IAmazonSQS>("orders", static (_, _) => throw new InvalidOperationException("the real one"));
        builder.Services.AddZanshin(Shop.Configure);
        builder.Services.UseLocalQueue(static o => o.Queue("audit"));
        long stopping;
        using (IHost host = builder.Build())
        {
            await host.StartAsync();
            await host.Services.GetRequiredService<ISender>().SendAsync(new OrderPlaced(1));
            await host.Services.GetRequiredService<ZanshinWorker>().WhenIdleAsync();
            var queues = host.Services.GetRequiredService<TestQueues>();
            await queues.Client.SendMessageAsync((await queues.Client.GetQueueUrlAsync("audit")).QueueUrl, "seen");
            Assert.Equal("seen", Assert.Single(queues.In("audit")).Text);
            await Assert.ThrowsAsync<QueueDoesNotExistException>(() => queues.Client.GetQueueUrlAsync("audits"));
            stopping = TimeProvider.System.GetTimestamp();
            await host.StopAsync();
        }

        // Its receives are open for 20 s.
        Assert.True(TimeProvider.System.GetElapsedTime(stopping) < TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task A_setup_that_cannot_start_says_so()
    {
        await Assert.ThrowsAsync<ZanshinConfigurationException>(() => TestWorker.StartAsync(static _ => { }));
        await using ServiceProvider services = new ServiceCollection().AddZanshin(Shop.Configure).BuildServiceProvider();
        var none = await Assert.ThrowsAsync<InvalidOperationException>(() => services.GetRequiredService<ZanshinWorker>().WhenIdleAsync());
        Assert.Contains("UseLocalQueue", none.Message, StringComparison.Ordinal);
    }

    private Task<TestWorker> StartAsync() => TestWorker.StartAsync(Shop.Configure, s => s.AddSingleton(_stock));
}
