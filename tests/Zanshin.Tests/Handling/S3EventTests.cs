using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Handling;

public class S3EventTests
{
    // As S3 documents it (notification-content-structure, version 2.1).
    private const string Put = """
        {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-west-2","eventTime":"1970-01-01T00:00:00.000Z","eventName":"ObjectCreated:Put",
          "userIdentity":{"principalId":"AIDAJDPLRKLG7UEXAMPLE"},"requestParameters":{"sourceIPAddress":"172.16.0.1"},
          "responseElements":{"x-amz-request-id":"C3D13FE58DE4C810","x-amz-id-2":"FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD"},
          "s3":{"s3SchemaVersion":"1.0","configurationId":"testConfigRule","bucket":{"name":"amzn-s3-demo-bucket","ownerIdentity":{"principalId":"A3NL1KOZZKExample"},"arn":"arn:aws:s3:::amzn-s3-demo-bucket"},
            "object":{"key":"red+flower%281%29%2Bgr%C3%BCn.jpg","size":1024,"eTag":"d41d8cd98f00b204e9800998ecf8427e","versionId":"096fKKXTRTtl3on89fVO.nfljtsv6qko","sequencer":"0055AED6DCD90281E5"}}}]}
        """;

    private const string Test = """
        {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2014-10-13T15:57:02.089Z","Bucket":"amzn-s3-demo-bucket","RequestId":"5582815E1AEA5ADF","HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE"}
        """;

    [Fact]
    public void Its_records_are_read_with_their_keys_decoded_directly_or_by_way_of_sns() => Bench.Run(async bench =>
    {
        List<S3Event> seen = await WorkAsync(bench, Put, $$"""{"Type":"Notification","TopicArn":"t","Subject":"Amazon S3 Notification","Message":{{System.Text.Json.JsonSerializer.Serialize(Put)}}}""");
        Assert.Equal(2, seen.Count);
        foreach (S3Event put in seen)
        {
            Assert.False(put.IsTest);
            Assert.Equal(new S3Record
            {
                EventName = "ObjectCreated:Put",
                EventTime = DateTimeOffset.UnixEpoch,
                Region = "us-west-2",
                Bucket = "amzn-s3-demo-bucket",
                BucketArn = "arn:aws:s3:::amzn-s3-demo-bucket",
                Key = "red flower(1)+grün.jpg",
                Size = 1024,
                ETag = "d41d8cd98f00b204e9800998ecf8427e",
                VersionId = "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                Sequencer = "0055AED6DCD90281E5",
                ConfigurationId = "testConfigRule",
                PrincipalId = "AIDAJDPLRKLG7UEXAMPLE",
            }, Assert.Single(put.Records));
        }
    });

    [Fact]
    public void Its_test_is_no_error_and_has_no_records() => Bench.Run(async bench =>
    {
        S3Event test = Assert.Single(await WorkAsync(bench, Test));
        Assert.True(test.IsTest);
        Assert.Empty(test.Records);
    });

    [Fact]
    public void A_deleted_object_has_no_size() => Bench.Run(async bench =>
    {
        S3Event deleted = Assert.Single(await WorkAsync(bench, """{"Records":[{"eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"b"},"object":{"key":"k","sequencer":"1"}}}]}"""));
        Assert.Equal(new S3Record { EventName = "ObjectRemoved:Delete", Bucket = "b", Key = "k", Sequencer = "1" }, Assert.Single(deleted.Records));
    });

    [Theory]
    [InlineData("secret")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Event":"secret"}""")]
    [InlineData("""{"Records":{}}""")]
    [InlineData("""{"Records":["secret"]}""")]
    [InlineData("""{"Records":[{"eventName":"e","s3":{"bucket":{},"object":{"key":"secret"}}}]}""")]
    [InlineData("""{"Records":[{"eventName":"e","s3":{"bucket":{"name":"b"},"object":{"key":"secret","key":"b"}}}]}""")]
    public void Anything_else_is_rejected(string body) => Bench.Run(async bench =>
    {
        Assert.Empty(await WorkAsync(bench, body));
        Assert.Equal(1, bench.Status.Rejected);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Text.Contains("secret", StringComparison.Ordinal));
    });

    [Fact]
    public void What_is_written_is_read_again() => Bench.Run(async bench =>
    {
        var written = new S3Event
        {
            Records = [new() { EventName = "ObjectCreated:Put", EventTime = DateTimeOffset.UnixEpoch, Bucket = "b", Key = "a b/ü+%.txt", Size = 3 }, new() { EventName = "x", Bucket = "c", Key = "k", PrincipalId = "p" }],
        };
        List<S3Event> read = await WorkAsync(bench, Body.S3Event.Write(written), Body.S3Event.Write(new S3Event { IsTest = true }));
        Assert.Equal(written.Records, read.Single(static e => !e.IsTest).Records);
        Assert.Single(read, static e => e.IsTest);
    });

    private static async Task<List<S3Event>> WorkAsync(Bench bench, params string[] bodies)
    {
        string url = await bench.QueueAsync("uploads");
        foreach (string body in bodies)
            await bench.SendAsync(url, body);
        List<S3Event> seen = [];
        await bench.StartAsync(z => z.Queue("uploads", q =>
        {
            q.Envelope = Envelope.Sns;
            q.Reject = RejectPolicy.Delete;
            q.Handle(Body.S3Event, (message, _, _) =>
            {
                seen.Add(message.Body);
                return ValueTask.CompletedTask;
            });
        }));
        await bench.Until(() => bench.Status.Done + bench.Status.Rejected == bodies.Length);
        return seen;
    }
}
