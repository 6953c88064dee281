using Amazon.SQS.Model;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

public class MissingQueuesTests
{
    [Fact]
    public void A_missing_queue_is_made_with_its_dead_letter_queue() => Bench.Run(async bench =>
    {
        await bench.StartAsync(static z => z.Queue("orders", static q =>
        {
            Text(q);
            q.CreateIfMissing(static c =>
            {
                c.Visibility = TimeSpan.FromMinutes(2);
                c.Attributes["DelaySeconds"] = "3";
                c.Tags["team"] = "shop";
            });
        }));
        Dictionary<string, string> made = await AttributesAsync(bench, "orders"), deadLetters = await AttributesAsync(bench, "orders-dlq");
        Assert.Equal($$"""{"deadLetterTargetArn":"{{deadLetters["QueueArn"]}}","maxReceiveCount":5}""", made["RedrivePolicy"]);
        Assert.Equal(("120", "3", "1209600"), (made["VisibilityTimeout"], made["DelaySeconds"], deadLetters["MessageRetentionPeriod"]));
        Assert.Equal("shop", (await bench.Direct.ListQueueTagsAsync(new ListQueueTagsRequest { QueueUrl = await UrlAsync(bench, "orders-dlq") })).Tags["team"]);
        Assert.Single(bench.Log.Lines, static l => l.Id == 50);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 8);

        await bench.SendAsync(await UrlAsync(bench, "orders"), "one");
        await bench.Until(() => bench.Status.Done == 1);
    });

    [Fact]
    public void A_fifo_queue_is_made_as_one_and_its_dead_letter_queue_too() => Bench.Run(async bench =>
    {
        await bench.StartAsync(static z =>
        {
            z.CreateMissingQueues(static c => c.MaxReceiveCount = 9);
            z.Queue("mail.fifo", Text);
            z.Route("out.fifo", null, Body.Text);
        });
        Assert.Contains("\"maxReceiveCount\":9", (await AttributesAsync(bench, "mail.fifo"))["RedrivePolicy"], StringComparison.Ordinal);
        Assert.Equal("true", (await AttributesAsync(bench, "mail-dlq.fifo"))["FifoQueue"]);
        Assert.Equal("true", (await AttributesAsync(bench, "out-dlq.fifo"))["FifoQueue"]);
    });

    [Fact]
    public void Without_a_receive_count_there_is_no_dead_letter_queue() => Bench.Run(async bench =>
    {
        await bench.StartAsync(static z => z.Queue("orders", static q =>
        {
            Text(q);
            q.CreateIfMissing(static c => c.MaxReceiveCount = null);
        }));
        Assert.Single((await bench.Direct.ListQueuesAsync("")).QueueUrls);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 8 && l.Text.Contains("no dead-letter queue", StringComparison.Ordinal));
    });

    [Fact]
    public void A_queue_that_exists_is_not_changed_and_its_missing_policy_is_said() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders", ("VisibilityTimeout", "77"));
        await bench.StartAsync(static z => z.Queue("orders", static q =>
        {
            Text(q);
            q.CreateIfMissing(static c => c.Visibility = TimeSpan.FromSeconds(5));
        }));
        Assert.Equal("77", (await AttributesAsync(bench, "orders"))["VisibilityTimeout"]);
        Assert.Single((await bench.Direct.ListQueuesAsync("")).QueueUrls);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 8 && l.Text.Contains("no dead-letter queue", StringComparison.Ordinal));
        Assert.Equal(0, bench.Faults.Count("CreateQueue"));
    });

    [Fact]
    public void What_another_process_makes_in_the_meantime_is_taken_as_it_is() => Bench.Run(async bench =>
    {
        List<Task> others = [];
        bench.Faults.Watch = (action, body) =>
        {
            if (action == "CreateQueue")
                others.Add(bench.Direct.CreateQueueAsync(new CreateQueueRequest { QueueName = (string)body["QueueName"]!, Attributes = new() { ["VisibilityTimeout"] = "77" } }));
        };
        await bench.StartAsync(static z => z.Queue("orders", static q =>
        {
            Text(q);
            q.CreateIfMissing(static c => c.Visibility = TimeSpan.FromSeconds(5));
        }));
        await Task.WhenAll(others);
        Assert.Equal(2, others.Count);
        Assert.Equal("77", (await AttributesAsync(bench, "orders"))["VisibilityTimeout"]);
        await bench.SendAsync(await UrlAsync(bench, "orders"), "one");
        await bench.Until(() => bench.Status.Done == 1);
    });

    [Theory]
    [InlineData(Fate.LostAfter)]
    [InlineData(Fate.LostBefore)]
    [InlineData(Fate.Throttled)]
    [InlineData(Fate.Denied)]
    public void A_call_that_fails_is_repeated(Fate fate) => Bench.Run(async bench =>
    {
        bench.Faults.Rule = (action, before) => action == "CreateQueue" && before is 0 or 2 ? fate : Fate.Works;
        bench.Setup(static z => z.Queue("orders", static q =>
        {
            Text(q);
            q.CreateIfMissing();
        }));
        if (fate == Fate.Denied)
        {
            // As for every look-up at the start, an answer of 4xx is final, unless it is a throttle.
            Assert.Contains("not authorized", (await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default))).Message, StringComparison.Ordinal);
            Assert.Equal(1, bench.Faults.Count("CreateQueue"));
            return;
        }
        await bench.Worker.StartAsync(default);
        Assert.Equal(2, (await bench.Direct.ListQueuesAsync("")).QueueUrls.Count);
    });

    [Fact]
    public void What_may_not_be_made_is_said_with_everything_else_that_is_wrong() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (action, _) => action == "CreateQueue" ? Fate.Denied : Fate.Works;
        bench.Setup(static z => z.Queue("orders", static q =>
        {
            Text(q);
            q.CreateIfMissing();
        }));
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Contains("It does not exist, and was to be created", Assert.Single(error.Problems), StringComparison.Ordinal);
    });

    [Fact]
    public void While_the_setup_is_wrong_nothing_is_made() => Bench.Run(async bench =>
    {
        bench.Setup(static z =>
        {
            z.CreateMissingQueues();
            z.Queue("a", static q =>
            {
                Text(q);
                q.CreateIfMissing(static c => c.MaxReceiveCount = 0);
            });
            z.Queue("b.fifo", static q =>
            {
                Text(q);
                q.CreateIfMissing(static c => c.DeadLetterQueue = "dead");
            });
            z.Queue("c", static q =>
            {
                Text(q);
                q.CreateIfMissing(static c => (c.DeadLetterQueue, c.Visibility) = ("c", TimeSpan.FromHours(13)));
            });
            z.Queue("arn:aws:sqs:us-east-1:000000000000:d", static q =>
            {
                Text(q);
                q.CreateIfMissing();
            });
        });
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Equal(6, error.Problems.Count);
        Assert.Contains("'a' is to be created with a MaxReceiveCount of 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("'b.fifo' is to be created with the dead-letter queue 'dead': of a FIFO queue, and only of one", error.Message, StringComparison.Ordinal);
        Assert.Contains("'c' is to be created with the dead-letter queue 'c': it must be the name of another queue", error.Message, StringComparison.Ordinal);
        Assert.Contains("'c' is to be created with a Visibility of 13:00:00", error.Message, StringComparison.Ordinal);
        Assert.Contains("give it by its name", error.Message, StringComparison.Ordinal);
        Assert.Contains("Queue 'd' does not exist", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.Faults.Count("CreateQueue"));
    });

    /// <summary>Those before the one that could not be found were made, and stayed.</summary>
    [Fact]
    public void While_one_queue_cannot_be_found_none_is_made() => Bench.Run(async bench =>
    {
        bench.Setup(static z =>
        {
            z.Queue("a", static q =>
            {
                Text(q);
                q.CreateIfMissing();
            });
            z.Queue("b", Text);
        });
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Contains("Queue 'b' does not exist", Assert.Single(error.Problems), StringComparison.Ordinal);
        Assert.Empty((await bench.Direct.ListQueuesAsync("")).QueueUrls ?? []);

        // Completed by the next start, in the order of the setup.
        await bench.QueueAsync("b");
        await bench.Worker.StartAsync(default);
        Assert.Equal(["a", "b"], bench.Worker.GetStatus().Queues.Select(static q => q.Name));
    });

    [Fact]
    public void Queues_of_routes_are_checked_before_they_are_made() => Bench.Run(async bench =>
    {
        bench.Setup(static z =>
        {
            z.CreateMissingQueues(static c => c.DeadLetterQueue = "dead");
            z.Queue("a", Text);
            z.Route("out.fifo", null, Body.Text);
        });
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Contains("'out.fifo' is to be created with the dead-letter queue 'dead': of a FIFO queue", Assert.Single(error.Problems), StringComparison.Ordinal);
        Assert.Equal(0, bench.Faults.Count("CreateQueue"));
    });

    private static void Text(QueueBuilder queue) => queue.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask);

    private static async Task<string> UrlAsync(Bench bench, string name) => (await bench.Direct.GetQueueUrlAsync(name)).QueueUrl;

    private static async Task<Dictionary<string, string>> AttributesAsync(Bench bench, string name) =>
        (await bench.Direct.GetQueueAttributesAsync(await UrlAsync(bench, name), ["All"])).Attributes;
}
