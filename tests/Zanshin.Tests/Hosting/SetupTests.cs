using Amazon.SQS;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

public class SetupTests
{
    [Fact]
    public void A_queues_attributes_are_read_once_however_many_messages_it_has() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a");
        await bench.SendManyAsync(url, 500);
        await bench.StartAsync(static z => z.Queue("a", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Done))));
        await bench.Until(() => bench.Status.Done == 500, 100);

        Assert.Equal(1, bench.Faults.Count("GetQueueAttributes"));
    });

    [Fact]
    public void Everything_that_is_wrong_is_in_one_error() => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["none", "twice", "any", "a"])
            await bench.QueueAsync(name);
        ZanshinConfigurationException error = await Refused(bench, z =>
        {
            z.Queue("ghost", static q => Text(q, null));
            z.Concurrency = -1;
            z.Queue("none", _ => { });
            z.Queue("twice", q =>
            {
                Text(q, "t");
                Text(q, "t");
                q.Visibility = TimeSpan.Zero;
            });
            z.Queue("any", q =>
            {
                Text(q, null);
                Text(q, null);
                q.WaitTime = TimeSpan.FromSeconds(21);
                q.TimeLimit = TimeSpan.FromSeconds(-1);
                q.Retry(Backoff.Delays(TimeSpan.FromHours(13)));
            });
            z.Route("a", null, Body.Text);
            z.Route("b", null, Body.Text);
        });

        Assert.Equal(11, error.Problems.Count);
        Assert.Contains(error.Problems, static p => p.Contains("Queue 'ghost' does not exist", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("Queue 'b' does not exist", StringComparison.Ordinal)); // a route's
        Assert.Contains(error.Problems, static p => p.StartsWith("Concurrency is -1", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("'none' has no handler", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("'twice' has 2 handlers for the type 't'", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("'twice' has a Visibility of 00:00:00", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("'any' has 2 handlers without a type name", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("WaitTime of 00:00:21", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("TimeLimit of -00:00:01", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("retries after up to 13:00:00", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("String has 2 routes", StringComparison.Ordinal));
    });

    [Fact]
    public void What_is_wrong_with_batches_is_said() => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["two", "sizes", "layers", "single"])
            await bench.QueueAsync(name);
        ZanshinConfigurationException error = await Refused(bench, z =>
        {
            z.Queue("two", static q =>
            {
                Batch(q);
                Text(q, "t");
            });
            z.Queue("sizes", static q =>
            {
                Batch(q, max: 0, gather: TimeSpan.FromHours(2));
                q.StuckAfter = TimeSpan.Zero;
            });
            z.Queue("layers", static q =>
            {
                Batch(q);
                q.Use<OneByOne>();
            });
            z.Queue("single", static q =>
            {
                Text(q, null);
                q.UseBatch<Together>();
            });
        });

        Assert.Equal(6, error.Problems.Count);
        Assert.Contains(error.Problems, static p => p.Contains("'two' has 2 handlers, one of them for batches", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("batches of up to 0: max must be between 1 and 1,000", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("for 02:00:00: gather must be between 0 and 1 hour", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("'sizes' has a StuckAfter of 00:00:00", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("'layers' is handled in batches and has middleware for single messages (OneByOne)", StringComparison.Ordinal));
        Assert.Contains(error.Problems, static p => p.Contains("'single' has middleware for batches and no batch handler", StringComparison.Ordinal));
    });

    [Fact]
    public void Middleware_that_a_batch_queue_will_not_meet_is_said_at_the_start() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("a");
        await bench.StartAsync(static z =>
        {
            z.Use<OneByOne>();
            z.Queue("a", static q => Batch(q));
        });
        Assert.Contains("(OneByOne) is not called for them", Assert.Single(bench.Log.Lines, static l => l.Id == 8 && l.Text.Contains("batches", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
    });

    private static void Batch(QueueBuilder queue, int max = 10, TimeSpan gather = default) =>
        queue.HandleBatch(Body.Text, static (_, _, _) => ValueTask.FromResult<BatchOutcome>(Outcome.Done), max, gather);

    private sealed class OneByOne : IMiddleware
    {
        public ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel) => next(message, cancel);
    }

    private sealed class Together : IBatchMiddleware
    {
        public ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel) => next(batch, cancel);
    }

    [Fact]
    public void Every_unknown_queue_is_named() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("there");
        ZanshinConfigurationException error = await Refused(bench, z =>
        {
            z.Queue("there", static q => Text(q, null));
            z.Queue("gone", static q => Text(q, null));
            z.Queue("missing", static q => Text(q, null));
        });
        Assert.Equal(2, error.Problems.Count);
        Assert.Contains("Queue 'gone' does not exist at http://localhost:9324", error.Message, StringComparison.Ordinal);
        Assert.Contains("Queue 'missing' does not exist", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_server_that_does_not_answer_is_named() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        ZanshinConfigurationException error = await Refused(bench, static z => z.Queue("orders", static q => Text(q, null)));
        Assert.Contains("SQS does not answer at http://localhost:9324 for queue 'orders'", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_start_survives_a_server_that_is_late() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Faults.Rule = static (action, n) => action == "GetQueueUrl" && n < 2 ? Fate.ServerError : Fate.Works;
        await bench.StartAsync(static z => z.Queue("orders", static q => Text(q, null)));
        Assert.Equal(WorkerState.Working, bench.Worker.GetStatus().State);
    });

    [Fact]
    public void Neither_queues_nor_routes_is_a_mistake() => Bench.Run(async bench =>
        Assert.Contains("neither queues nor routes", (await Refused(bench, static _ => { })).Message, StringComparison.Ordinal));

    [Fact]
    public void The_configuration_has_the_last_word() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.StartAsync(
            static z =>
            {
                z.Concurrency = 3;
                z.Queue("orders", static q => Text(q, null));
            },
            static services => Configure(services, ("Zanshin:Concurrency", "7"), ("Zanshin:Queues:orders:WaitTime", "00:00:05")));
        Assert.Equal(7, bench.Worker.GetStatus().Concurrency);
        await bench.Pass(60);
        Assert.InRange(bench.Status.Receives, 12, 13);
    });

    [Fact]
    public void A_mistake_in_the_configuration_is_named_by_its_key() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        ZanshinConfigurationException error = await Refused(
            bench,
            static z => z.Queue("orders", static q => Text(q, null)),
            static services => Configure(
                services, ("Zanshin:Concurrency", "many"), ("Zanshin:Concurency", "3"), ("Zanshin:Queues:oders:WaitTime", "00:00:05"),
                ("Zanshin:Queues:orders:WaitTime", "abc"), ("Zanshin:Queues:orders:Visibility", "xyz"), ("Zanshin:Queues:orders:Visibilty", "00:01:00")));
        Assert.Equal(6, error.Problems.Count);
        Assert.Contains("'many' at 'Zanshin:Concurrency': it must be a whole number", error.Message, StringComparison.Ordinal);
        Assert.Contains("'Zanshin:Concurency', which is no option of the worker", error.Message, StringComparison.Ordinal);
        Assert.Contains("'abc' at 'Zanshin:Queues:orders:WaitTime': it must be a time like", error.Message, StringComparison.Ordinal);
        Assert.Contains("'xyz' at 'Zanshin:Queues:orders:Visibility'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'Zanshin:Queues:orders:Visibilty', which is no option of a queue", error.Message, StringComparison.Ordinal);
        Assert.Contains("'oders' (Zanshin:Queues:oders)", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_queue_may_have_a_client_of_its_own() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        using var other = new LocalSqs(new LocalSqsOptions { TimeProvider = bench.Time, Seed = 2 });
        using AmazonSQSClient client = LocalSqsClient.Create(other);
        string url = (await client.CreateQueueAsync("elsewhere")).QueueUrl;
        await client.SendMessageAsync(url, "one");
        await bench.StartAsync(
            static z =>
            {
                z.Queue("orders", static q => Text(q, null));
                z.Queue("elsewhere", static q => Text(q, null));
            },
            services => services.AddKeyedSingleton<IAmazonSQS>("elsewhere", client));
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 1);
        await bench.StopAsync();
    });

    [Fact]
    public void Queues_of_one_name_in_two_accounts_are_called_as_they_were_given() => Bench.Run(async bench =>
    {
        const string Arn = "arn:aws:sqs:us-east-1:111122223333:orders";
        await bench.QueueAsync("orders");
        using var other = new LocalSqs(new LocalSqsOptions { TimeProvider = bench.Time, Seed = 2, AccountId = "111122223333" });
        using AmazonSQSClient client = LocalSqsClient.Create(other);
        await client.CreateQueueAsync("orders");
        await bench.StartAsync(
            static z =>
            {
                z.Queue("orders", static q => Text(q, null));
                z.Queue(Arn, static q => Text(q, null));
            },
            services => services.AddKeyedSingleton<IAmazonSQS>(Arn, client));
        Assert.Equal(["orders", Arn], bench.Worker.GetStatus().Queues.Select(static q => q.Name));
        bench.Worker.Queue(Arn).Pause();
        Assert.Equal([false, true], bench.Worker.GetStatus().Queues.Select(static q => q.Paused));
        await bench.StopAsync();
    });

    [Fact]
    public void The_same_queue_by_name_and_by_url_is_a_mistake() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        ZanshinConfigurationException error = await Refused(bench, z =>
        {
            z.Queue("orders", static q => Text(q, null));
            z.Queue(url, static q => Text(q, null));
        });
        Assert.Contains("are the same queue: set it up once", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_queue_is_found_by_its_arn_and_its_account_counts() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        await bench.StartAsync(static z => z.Queue("arn:aws:sqs:us-east-1:000000000000:orders", static q => Text(q, null)));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal("orders", bench.Status.Name);
        await using var others = new Bench(bench.Time);
        await others.QueueAsync("orders");
        ZanshinConfigurationException error = await Refused(others, static z => z.Queue("arn:aws:sqs:us-east-1:123456789012:orders", static q => Text(q, null)));
        Assert.Contains("Queue 'orders' does not exist", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void The_same_queue_by_name_and_by_arn_is_a_mistake_and_bad_ones_are_named_with_it() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        ZanshinConfigurationException error = await Refused(bench, z =>
        {
            z.Queue("orders", static q => Text(q, null));
            z.Queue("arn:aws:sqs:us-east-1:000000000000:orders", static q => Text(q, null));
            z.Queue("arn:aws:sqs:orders", static q => Text(q, null));
            z.Queue("http:///orders", static q => Text(q, null));
        });
        Assert.Equal(3, error.Problems.Count);
        Assert.Contains("'orders' and 'arn:aws:sqs:us-east-1:000000000000:orders' are the same queue", error.Message, StringComparison.Ordinal);
        Assert.Contains("'arn:aws:sqs:orders' is not the ARN of a queue", error.Message, StringComparison.Ordinal);
        Assert.Contains("'http:///orders' is not the URL of a queue", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_client_that_retries_by_itself_gets_a_warning() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        ((AmazonSQSConfig)bench.Client.Config).MaxErrorRetry = 4;
        await bench.StartAsync(static z => z.Queue("orders", static q => Text(q, null)));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 8 && l.Text.Contains("MaxErrorRetry 4", StringComparison.Ordinal));
    });

    [Theory]
    [InlineData(15, "ends each call after 15 s (its Timeout), and a receive waits 20 s for messages: it waits less, which takes more requests. Set the client's Timeout to 30 s or more.")]
    [InlineData(30, null)]
    public void A_client_that_ends_calls_before_a_receive_is_answered_gets_a_warning(int timeout, string? says) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        ((AmazonSQSConfig)bench.Client.Config).Timeout = TimeSpan.FromSeconds(timeout);
        await bench.StartAsync(static z => z.Queue("orders", static q => Text(q, null)));
        if (says is null)
            Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 8 && l.Text.Contains("its Timeout", StringComparison.Ordinal));
        else
            Assert.Contains(bench.Log.Lines, l => l.Id == 8 && l.Text.EndsWith(says, StringComparison.Ordinal));
    });

    [Theory]
    [InlineData(0, 0, "batches of up to 0: max must be between 1 and 1,000.")]
    [InlineData(1_001, 0, "batches of up to 1001: max must be between 1 and 1,000.")]
    [InlineData(10, 3_601, "gathers its batches for 01:00:01: gather must be between 0 and 1 hour.")]
    public void Batches_have_their_limits(int max, int gather, string says) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        var wrong = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.StartAsync(z => z.Queue("orders", q =>
            q.HandleBatch(Body.Text, static (_, _, _) => ValueTask.FromResult(new BatchOutcome()), max, TimeSpan.FromSeconds(gather)))));
        Assert.EndsWith(says, Assert.Single(wrong.Problems), StringComparison.Ordinal);
    });

    [Fact]
    public void A_client_that_repeats_calls_on_reset_connections_by_itself_gets_a_warning() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        ((AmazonSQSConfig)bench.Client.Config).MaxStaleConnectionRetries = 10;
        await bench.StartAsync(static z => z.Queue("orders", static q => Text(q, null)));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 8 && l.Text.Contains("MaxStaleConnectionRetries 10", StringComparison.Ordinal));
    });

    [Fact]
    public void A_fifo_queue_with_a_low_receive_count_gets_a_warning() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string arn = (await bench.Direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
        await bench.QueueAsync("a.fifo", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":"2"}"""));
        await bench.StartAsync(static z => z.Queue("a.fifo", static q => Text(q, null)));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 8 && l.Text.Contains("maxReceiveCount of 2", StringComparison.Ordinal));
    });

    private static void Text(QueueBuilder queue, string? type)
    {
        if (type is null)
            queue.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask);
        else
            queue.Handle(type, Body.Text, static (_, _, _) => ValueTask.CompletedTask);
    }

    private static void Configure(IServiceCollection services, params (string Key, string Value)[] values) =>
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(static v => v.Key, static v => (string?)v.Value)).Build());

    private static async Task<ZanshinConfigurationException> Refused(Bench bench, Action<ZanshinBuilder> configure, Action<IServiceCollection>? more = null)
    {
        bench.Setup(configure, more);
        return await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
    }

    [Theory]
    [InlineData(1, 0, "within 250 ms")]
    [InlineData(2, 300, "within 500 ms, and SQS took 300 ms")]
    [InlineData(2, 0, null)]
    [InlineData(30, 300, null)]
    public void A_visibility_timeout_too_short_for_its_calls_gets_advice_with_figures(int visibility, int roundTrip, string? figures) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders", ("VisibilityTimeout", $"{visibility}"));
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(roundTrip);
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        if (figures is null)
            Assert.DoesNotContain(bench.Log.Lines, static l => l.Text.Contains("visibility timeout of", StringComparison.Ordinal));
        else
            Assert.Contains(bench.Log.Lines, l => l.Id == 8 && l.Text.Contains(figures, StringComparison.Ordinal));
    });
}
