using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.Conformance;

public abstract class QueueConformance : ConformanceTests
{
    [Fact]
    public async Task Creating_again_with_the_same_attributes_answers_the_same_queue()
    {
        var first = await QueueAsync("orders", ("VisibilityTimeout", "45"));
        Assert.Equal(first, await QueueAsync("orders", ("VisibilityTimeout", "45")));
        Assert.Equal(first, await QueueAsync("orders"));
        Assert.EndsWith("/000000000000/orders", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Creating_again_with_another_attribute_value_is_refused()
    {
        await QueueAsync("orders", ("VisibilityTimeout", "45"));
        var error = await FailsAsync(QueueAsync("orders", ("VisibilityTimeout", "46")), "QueueAlreadyExists");
        Assert.IsType<QueueNameExistsException>(error);
        Assert.Contains("VisibilityTimeout", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("orders.fifo")]
    [InlineData("ordérs")]
    public async Task A_bad_name_is_refused(string name) =>
        await FailsAsync(Sqs.CreateQueueAsync(name), name.Length == 0 ? "MissingParameter" : "InvalidParameterValue");

    [Fact]
    public async Task A_name_has_at_most_80_characters()
    {
        await QueueAsync(new string('q', 80));
        await FailsAsync(QueueAsync(new string('q', 81)), "InvalidParameterValue");
    }

    [Theory]
    [InlineData("VisibilityTimeout", "43201", "InvalidAttributeValue")]
    [InlineData("DelaySeconds", "901", "InvalidAttributeValue")]
    [InlineData("ReceiveMessageWaitTimeSeconds", "21", "InvalidAttributeValue")]
    [InlineData("MessageRetentionPeriod", "59", "InvalidAttributeValue")]
    [InlineData("MaximumMessageSize", "1048577", "InvalidAttributeValue")]
    [InlineData("VisibilityTimeout", "soon", "InvalidAttributeValue")]
    [InlineData("Colour", "blue", "InvalidAttributeName")]
    [InlineData("ContentBasedDeduplication", "true", "InvalidAttributeName")]
    public async Task A_bad_attribute_is_refused_at_creation_and_later(string name, string value, string code)
    {
        await FailsAsync(QueueAsync("bad", (name, value)), code);
        await FailsAsync(Sqs.GetQueueUrlAsync("bad"), "AWS.SimpleQueueService.NonExistentQueue");
        var queue = await QueueAsync();
        await FailsAsync(Sqs.SetQueueAttributesAsync(queue, new Dictionary<string, string> { [name] = value }), code);
    }

    [Fact]
    public async Task Attributes_answer_defaults_and_what_was_set()
    {
        var queue = await QueueAsync("orders", ("DelaySeconds", "0"));
        await Sqs.SetQueueAttributesAsync(queue, new Dictionary<string, string> { ["VisibilityTimeout"] = "0" });
        var all = (await Sqs.GetQueueAttributesAsync(queue, ["All"])).Attributes;
        Assert.Equal("0", all["VisibilityTimeout"]);
        Assert.Equal("0", all["DelaySeconds"]);
        Assert.Equal("345600", all["MessageRetentionPeriod"]);
        Assert.Equal("1048576", all["MaximumMessageSize"]);
        Assert.Equal("arn:aws:sqs:us-east-1:000000000000:orders", all["QueueArn"]);
        Assert.False(all.ContainsKey("FifoQueue"));
        Assert.Equal("0", Assert.Single((await Sqs.GetQueueAttributesAsync(queue, ["VisibilityTimeout"])).Attributes).Value);
        await FailsAsync(Sqs.GetQueueAttributesAsync(queue, ["Colour"]), "InvalidAttributeName");
    }

    [Fact]
    public async Task A_fifo_queue_says_so_and_cannot_change_its_kind()
    {
        var queue = await QueueAsync("orders.fifo");
        Assert.Equal("true", await AttributeAsync(queue, "FifoQueue"));
        Assert.Equal("false", await AttributeAsync(queue, "ContentBasedDeduplication"));
        var refused = await FailsAsync(Sqs.SetQueueAttributesAsync(queue, new Dictionary<string, string> { ["FifoQueue"] = "false" }), "InvalidAttributeValue");
        Assert.Equal("Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.", refused.Message);
        await Sqs.SetQueueAttributesAsync(queue, new Dictionary<string, string> { ["FifoQueue"] = "True" });
        await FailsAsync(QueueAsync("plain", ("FifoQueue", "true")), "InvalidParameterValue");
    }

    [Fact]
    public async Task Switches_are_read_in_any_case()
    {
        var queue = (await Sqs.CreateQueueAsync(new CreateQueueRequest("orders.fifo") { Attributes = new() { ["FifoQueue"] = "True", ["ContentBasedDeduplication"] = "True", ["SqsManagedSseEnabled"] = "False" } })).QueueUrl;
        Assert.Equal(queue, (await Sqs.CreateQueueAsync(new CreateQueueRequest("orders.fifo") { Attributes = new() { ["FifoQueue"] = "true", ["ContentBasedDeduplication"] = "true", ["SqsManagedSseEnabled"] = "false" } })).QueueUrl);
        await Sqs.SendMessageAsync(new SendMessageRequest(queue, "a") { MessageGroupId = "g" });
        await Sqs.SetQueueAttributesAsync(queue, new Dictionary<string, string> { ["ContentBasedDeduplication"] = "False" });
        await FailsAsync(Sqs.SendMessageAsync(new SendMessageRequest(queue, "b") { MessageGroupId = "g" }), "InvalidParameterValue");
        foreach (var wrong in new[] { "yes", " true", "1" })
            await FailsAsync(QueueAsync("other.fifo", ("ContentBasedDeduplication", wrong)), "InvalidAttributeValue");
    }

    [Theory]
    [InlineData("FifoQueue", "false", "Unknown Attribute FifoQueue.")]
    [InlineData("ContentBasedDeduplication", "false", "Unknown Attribute ContentBasedDeduplication.")]
    [InlineData("DeduplicationScope", "queue", "You can specify the DeduplicationScope only when FifoQueue is set to true.")]
    [InlineData("FifoThroughputLimit", "perQueue", "You can specify the FifoThroughputLimit only when FifoQueue is set to true.")]
    public async Task What_only_fifo_queues_have_is_no_attribute_of_others(string name, string value, string said)
    {
        Assert.Equal(said, (await FailsAsync(QueueAsync("orders", (name, value)), "InvalidAttributeName")).Message);
        var queue = await QueueAsync("orders");
        await FailsAsync(Sqs.SetQueueAttributesAsync(queue, new Dictionary<string, string> { [name] = value }), "InvalidAttributeName");
    }

    [Fact]
    public async Task Queues_are_listed_by_prefix_and_in_pages()
    {
        foreach (var name in new[] { "b-2", "a-1", "b-1", "b-3", "c" }) await QueueAsync(name);
        var some = await Sqs.ListQueuesAsync(new ListQueuesRequest { QueueNamePrefix = "b-" });
        Assert.Equal(["b-1", "b-2", "b-3"], Names(some));
        Assert.Null(some.NextToken);

        var page = await Sqs.ListQueuesAsync(new ListQueuesRequest { MaxResults = 2 });
        Assert.Equal(["a-1", "b-1"], Names(page));
        page = await Sqs.ListQueuesAsync(new ListQueuesRequest { MaxResults = 2, NextToken = page.NextToken });
        Assert.Equal(["b-2", "b-3"], Names(page));
        page = await Sqs.ListQueuesAsync(new ListQueuesRequest { MaxResults = 2, NextToken = page.NextToken });
        Assert.Equal(["c"], Names(page));
        Assert.Null(page.NextToken);
        await FailsAsync(Sqs.ListQueuesAsync(new ListQueuesRequest { MaxResults = 1001 }), "InvalidParameterValue");
    }

    [Fact]
    public async Task A_queue_that_is_not_there_is_an_error_of_its_own_type()
    {
        var error = await FailsAsync(Sqs.GetQueueUrlAsync("nowhere"), "AWS.SimpleQueueService.NonExistentQueue");
        Assert.IsType<QueueDoesNotExistException>(error);
        await FailsAsync(ReceiveAsync("http://localhost/000000000000/nowhere"), "AWS.SimpleQueueService.NonExistentQueue");
        await FailsAsync(Sqs.GetQueueUrlAsync(new GetQueueUrlRequest("nowhere") { QueueOwnerAWSAccountId = "111111111111" }), "AWS.SimpleQueueService.NonExistentQueue");
    }

    [Fact]
    public async Task A_deleted_queues_name_is_free_after_60_seconds_and_the_new_queue_is_empty()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "old");
        await Sqs.DeleteQueueAsync(queue);
        await FailsAsync(SendAsync(queue, "lost"), "AWS.SimpleQueueService.NonExistentQueue");
        Assert.IsType<QueueDeletedRecentlyException>(await FailsAsync(QueueAsync(), "AWS.SimpleQueueService.QueueDeletedRecently"));
        await AdvanceAsync(60);
        await QueueAsync();
        Assert.Empty(await ReceiveAsync(queue));
    }

    [Fact]
    public async Task A_purge_removes_everything_and_a_second_one_within_60_seconds_is_refused()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "in flight");
        await ReceiveOneAsync(queue);
        await SendAsync(queue, "visible");
        await Sqs.SendMessageAsync(new SendMessageRequest(queue, "delayed") { DelaySeconds = 5 });
        await Sqs.PurgeQueueAsync(queue);
        Assert.Equal((0, 0, 0), await CountsAsync(queue));
        Assert.IsType<PurgeQueueInProgressException>(await FailsAsync(Sqs.PurgeQueueAsync(queue), "AWS.SimpleQueueService.PurgeQueueInProgress"));
        await SendAsync(queue, "after");
        await AdvanceAsync(60);
        Assert.Equal(["after"], await BodiesAsync(queue));
        await Sqs.PurgeQueueAsync(queue);
    }

    [Fact]
    public async Task Tags_are_set_replaced_and_taken_away()
    {
        var queue = (await Sqs.CreateQueueAsync(new CreateQueueRequest("orders") { Tags = new() { ["team"] = "shop" } })).QueueUrl;
        await Sqs.TagQueueAsync(new TagQueueRequest { QueueUrl = queue, Tags = new() { ["team"] = "store", ["cost"] = "" } });
        Assert.Equal(new() { ["team"] = "store", ["cost"] = "" }, (await TagsAsync()).Tags);
        await Sqs.UntagQueueAsync(new UntagQueueRequest { QueueUrl = queue, TagKeys = ["team", "unknown"] });
        Assert.Equal(new() { ["cost"] = "" }, (await TagsAsync()).Tags);
        await FailsAsync(Sqs.TagQueueAsync(new TagQueueRequest { QueueUrl = queue, Tags = new() { ["aws:x"] = "" } }), "InvalidParameterValue");
        var tooMany = Enumerable.Range(0, 50).ToDictionary(i => $"t{i}", _ => "");
        await FailsAsync(Sqs.TagQueueAsync(new TagQueueRequest { QueueUrl = queue, Tags = tooMany }), "InvalidParameterValue");
        Assert.Equal(new() { ["cost"] = "" }, (await TagsAsync()).Tags);

        Task<ListQueueTagsResponse> TagsAsync() => Sqs.ListQueueTagsAsync(new ListQueueTagsRequest { QueueUrl = queue });
    }

    [Fact]
    public async Task A_permission_is_a_statement_in_the_policy()
    {
        var queue = await QueueAsync();
        await Sqs.AddPermissionAsync(new AddPermissionRequest(queue, "friends", ["111122223333"], ["SendMessage", "ReceiveMessage"]));
        await Sqs.AddPermissionAsync(new AddPermissionRequest(queue, "all", ["111122223333", "444455556666"], ["*"]));
        var policy = await AttributeAsync(queue, "Policy");
        Assert.Contains("""{"Sid":"friends","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["SQS:SendMessage","SQS:ReceiveMessage"],"Resource":"arn:aws:sqs:us-east-1:000000000000:orders"}""", policy, StringComparison.Ordinal);
        await FailsAsync(Sqs.AddPermissionAsync(new AddPermissionRequest(queue, "all", ["111122223333"], ["*"])), "InvalidParameterValue");
        await FailsAsync(Sqs.AddPermissionAsync(new AddPermissionRequest(queue, "a b", ["111122223333"], ["*"])), "InvalidParameterValue");
        await FailsAsync(Sqs.AddPermissionAsync(new AddPermissionRequest(queue, "who", ["somebody"], ["*"])), "InvalidParameterValue");
        await FailsAsync(Sqs.AddPermissionAsync(new AddPermissionRequest(queue, "own", ["111122223333"], ["DeleteQueue"])), "InvalidParameterValue");
        await Sqs.RemovePermissionAsync(new RemovePermissionRequest(queue, "friends"));
        Assert.DoesNotContain("friends", await AttributeAsync(queue, "Policy"), StringComparison.Ordinal);
        await FailsAsync(Sqs.RemovePermissionAsync(new RemovePermissionRequest(queue, "friends")), "InvalidParameterValue");
        await Sqs.RemovePermissionAsync(new RemovePermissionRequest(queue, "all"));
        Assert.DoesNotContain("Policy", (await Sqs.GetQueueAttributesAsync(queue, ["All"])).Attributes.Keys);
    }

    [Fact]
    public async Task The_sources_of_a_dead_letter_queue_are_listed_in_pages()
    {
        var dead = await QueueAsync("dead");
        var policy = $$"""{"deadLetterTargetArn":"{{await ArnAsync(dead)}}","maxReceiveCount":"3"}""";
        foreach (var name in new[] { "c", "a", "b" }) await QueueAsync(name, ("RedrivePolicy", policy));
        await QueueAsync("other");
        var page = await Sqs.ListDeadLetterSourceQueuesAsync(new ListDeadLetterSourceQueuesRequest { QueueUrl = dead, MaxResults = 2 });
        Assert.Equal(["a", "b"], page.QueueUrls.Select(Name));
        page = await Sqs.ListDeadLetterSourceQueuesAsync(new ListDeadLetterSourceQueuesRequest { QueueUrl = dead, MaxResults = 2, NextToken = page.NextToken });
        Assert.Equal(["c"], page.QueueUrls.Select(Name));
        Assert.Null(page.NextToken);
    }

    private static string Name(string url) => url[(url.LastIndexOf('/') + 1)..];

    private static string[] Names(ListQueuesResponse page) => [.. page.QueueUrls.Select(Name)];
}
