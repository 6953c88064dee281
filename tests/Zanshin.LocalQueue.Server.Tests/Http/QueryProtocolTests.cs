using System.Globalization;
using System.Net;
using System.Text;
using System.Xml.Linq;

namespace Zanshin.LocalQueue.Server.Tests.Http;

/// <summary>The older protocol: forms in, XML out. What the calls do is told by the conformance tests; here is how they look.</summary>
public sealed class QueryProtocolTests : IAsyncLifetime
{
    private static readonly XNamespace Sqs = "http://queue.amazonaws.com/doc/2012-11-05/";

    private readonly HttpClient _http = new();
    private LocalSqsServer? _server;

    public async ValueTask InitializeAsync() => _server = await LocalSqsServer.StartAsync(new() { Port = 0 });

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server!.DisposeAsync();
    }

    [Fact]
    public async Task A_message_goes_through_with_all_it_has()
    {
        var queue = await QueueAsync();
        const string Body = "<a>&\"'\r\n\t\U0001F600 100% + 1";
        var sent = await CallAsync(
            "SendMessage", ("QueueUrl", queue), ("MessageBody", Body), ("DelaySeconds", "0"),
            ("MessageAttribute.1.Name", "kind"), ("MessageAttribute.1.Value.DataType", "String"), ("MessageAttribute.1.Value.StringValue", "order & more"),
            ("MessageAttribute.2.Name", "raw"), ("MessageAttribute.2.Value.DataType", "Binary"), ("MessageAttribute.2.Value.BinaryValue", "AQID"),
            ("MessageSystemAttribute.1.Name", "AWSTraceHeader"), ("MessageSystemAttribute.1.Value.DataType", "String"), ("MessageSystemAttribute.1.Value.StringValue", "Root=1"));
        var received = await CallAsync(
            "ReceiveMessage", ("QueueUrl", queue), ("MaxNumberOfMessages", "10"), ("AttributeName.1", "All"), ("MessageAttributeName.1", "All"));
        var message = Assert.Single(Result(received).Elements());
        Assert.Equal("Message", message.Name.LocalName);
        Assert.Equal(Text(Result(sent), "MessageId"), Text(message, "MessageId"));
        Assert.Equal(Text(Result(sent), "MD5OfMessageBody"), Text(message, "MD5OfBody"));
        Assert.Equal(Text(Result(sent), "MD5OfMessageAttributes"), Text(message, "MD5OfMessageAttributes"));
        Assert.Equal(Body, Text(message, "Body"));
        Assert.Equal("Root=1", Map(message, "Attribute", "Name")["AWSTraceHeader"].Value);
        var attributes = Map(message, "MessageAttribute", "Name");
        Assert.Equal(("String", "order & more"), (Text(attributes["kind"], "DataType"), Text(attributes["kind"], "StringValue")));
        Assert.Equal(("Binary", "AQID"), (Text(attributes["raw"], "DataType"), Text(attributes["raw"], "BinaryValue")));
        await CallAsync("DeleteMessage", ("QueueUrl", queue), ("ReceiptHandle", Text(message, "ReceiptHandle")));
        // Clients look for the result also when nothing is in it; where an action has none they do not.
        Assert.Empty(Assert.Single((await CallAsync("ReceiveMessage", ("QueueUrl", queue))).Elements(Sqs + "ReceiveMessageResult")).Elements());
        Assert.Equal("ResponseMetadata", Assert.Single((await CallAsync("PurgeQueue", ("QueueUrl", queue))).Elements()).Name.LocalName);
    }

    [Fact]
    public async Task A_batch_is_told_entry_by_entry_in_the_order_of_their_numbers()
    {
        var queue = await QueueAsync();
        (string, string)[] entries = [.. Enumerable.Range(1, 10).SelectMany(i => new[]
        {
            ($"SendMessageBatchRequestEntry.{i}.Id", $"e{i}"),
            ($"SendMessageBatchRequestEntry.{i}.MessageBody", i == 3 ? "\u0001" : $"{i}"),
        }).Reverse()];
        var sent = Result(await CallAsync("SendMessageBatch", [("QueueUrl", queue), .. entries]));
        Assert.Equal(["e1", "e2", "e4", "e5", "e6", "e7", "e8", "e9", "e10"], sent.Elements(Sqs + "SendMessageBatchResultEntry").Select(e => Text(e, "Id")));
        var failed = Assert.Single(sent.Elements(Sqs + "BatchResultErrorEntry"));
        Assert.Equal(("e3", "InvalidMessageContents", "true"), (Text(failed, "Id"), Text(failed, "Code"), Text(failed, "SenderFault")));

        var messages = Result(await CallAsync("ReceiveMessage", ("QueueUrl", queue), ("MaxNumberOfMessages", "10"))).Elements().ToList();
        Assert.Equal(9, messages.Count);
        var changed = Result(await CallAsync(
            "ChangeMessageVisibilityBatch", ("QueueUrl", queue), ("ChangeMessageVisibilityBatchRequestEntry.1.Id", "a"),
            ("ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle", Text(messages[0], "ReceiptHandle")), ("ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout", "60")));
        Assert.Equal("a", Text(Assert.Single(changed.Elements(Sqs + "ChangeMessageVisibilityBatchResultEntry")), "Id"));
        var deleted = Result(await CallAsync(
            "DeleteMessageBatch", ("QueueUrl", queue), ("DeleteMessageBatchRequestEntry.1.Id", "b"), ("DeleteMessageBatchRequestEntry.1.ReceiptHandle", Text(messages[0], "ReceiptHandle"))));
        Assert.Equal("b", Text(Assert.Single(deleted.Elements(Sqs + "DeleteMessageBatchResultEntry")), "Id"));
    }

    [Theory]
    [InlineData("ReceiveMessage", "AttributeName", "")]
    [InlineData("ReceiveMessage", "AttributeNames", "")]
    [InlineData("ReceiveMessage", "MessageAttributeName", "")]
    [InlineData("ReceiveMessage", "MessageAttributeNames", "")]
    [InlineData("SendMessage", "MessageAttribute", "")]
    [InlineData("SendMessage", "MessageAttributes", "")]
    [InlineData("GetQueueAttributes", "AttributeName", "")]
    [InlineData("UntagQueue", "TagKey", "MissingParameter")]
    [InlineData("TagQueue", "Tag", "MissingParameter")]
    [InlineData("SendMessageBatch", "SendMessageBatchRequestEntry", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("DeleteMessageBatch", "DeleteMessageBatchRequestEntry", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("ChangeMessageVisibilityBatch", "Entries", "AWS.SimpleQueueService.EmptyBatchRequest")]
    public async Task An_empty_list_is_its_name_with_nothing_behind_it(string action, string name, string code)
    {
        var queue = await QueueAsync();
        var (status, xml) = await PostAsync(Form(("Action", action), ("QueueUrl", queue), ("MessageBody", "a"), (name, "")));
        if (code.Length == 0) Assert.True(status == HttpStatusCode.OK, xml.ToString());
        else Assert.Equal(code, xml.Descendants(Sqs + "Code").Single().Value);
    }

    [Fact]
    public async Task Queues_attributes_and_tags_are_maps_of_names_and_values()
    {
        var queue = Text(Result(await CallAsync(
            "CreateQueue", ("QueueName", "orders"), ("Attribute.1.Name", "VisibilityTimeout"), ("Attribute.1.Value", "45"), ("Tag.1.Key", "team"), ("Tag.1.Value", "shop"))), "QueueUrl");
        // The one entry of a map may come without its number.
        await CallAsync("SetQueueAttributes", ("QueueUrl", queue), ("Attribute.Name", "DelaySeconds"), ("Attribute.Value", "5"));
        var attributes = Map(Result(await CallAsync("GetQueueAttributes", ("QueueUrl", queue), ("AttributeName.1", "All"))), "Attribute", "Name");
        Assert.Equal(("45", "5"), (attributes["VisibilityTimeout"].Value, attributes["DelaySeconds"].Value));
        Assert.Equal("shop", Map(Result(await CallAsync("ListQueueTags", ("QueueUrl", queue))), "Tag", "Key")["team"].Value);
        Assert.Equal(queue, Text(Result(await CallAsync("ListQueues", ("QueueNamePrefix", "ord"))), "QueueUrl"));
        Assert.Equal(queue, Text(Result(await CallAsync("GetQueueUrl", ("QueueName", "orders"))), "QueueUrl"));
    }

    [Fact]
    public async Task A_queue_may_be_called_by_its_address_and_with_GET()
    {
        var queue = await QueueAsync();
        using var sent = await _http.GetAsync($"{queue}?Action=SendMessage&MessageBody=a+b%2Bc&Version=2009-02-01&AWSAccessKeyId=x&Signature=y");
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        using var answer = await _http.GetAsync($"{queue}?Action=ReceiveMessage");
        Assert.Equal("text/xml", answer.Content.Headers.ContentType!.MediaType);
        var xml = XElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("a b+c", Text(Result(xml).Element(Sqs + "Message")!, "Body"));
        Assert.Equal(answer.Headers.GetValues("x-amzn-RequestId").Single(), Text(xml.Element(Sqs + "ResponseMetadata")!, "RequestId"));
    }

    [Fact]
    public async Task An_error_has_its_code_and_status_and_names_what_it_is_about()
    {
        var (status, xml) = await PostAsync(Form(("Action", "GetQueueUrl"), ("QueueName", "nowhere")));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(Sqs + "ErrorResponse", xml.Name);
        var error = xml.Element(Sqs + "Error")!;
        Assert.Equal(("Sender", "AWS.SimpleQueueService.NonExistentQueue"), (Text(error, "Type"), Text(error, "Code")));
        Assert.NotEmpty(Text(xml, "RequestId"));
    }

    [Theory]
    [InlineData("", "MissingAction")]
    [InlineData("Action=Dance", "InvalidAction")]
    [InlineData("Action=ReceiveMessage&QueueUrl=q&MaxNumberOfMessages=many", "InvalidParameterValue")]
    [InlineData("Action=ReceiveMessage&QueueUrl=q&MaxNumberOfMessages.1=1", "MalformedInput")]
    [InlineData("Action=ReceiveMessage&QueueUrl=q&WaitTimeSeconds=99999999999999", "InvalidParameterValue")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageBody=%FF", "MalformedInput")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageBody=%00", "InvalidMessageContents")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageBody=%zz%&=&a=b", "MalformedInput")]
    [InlineData("Action=SendMessage&QueueUrl=q&a.b.c.d.e.f.g.h.i.j.k=1", "MalformedInput")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageAttribute.1x.Name=a", "MalformedInput")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageBody=a&MessageAttribute.1.Value.DataType=String", "MissingParameter")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageBody=a&MessageAttribute.1.Name=a", "MalformedInput")]
    [InlineData("Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.1=x", "MalformedInput")]
    [InlineData("Action=SetQueueAttributes&QueueUrl=q&Attribute.1.Name=%01", "InvalidAttributeName")]
    public async Task Hostile_forms_are_an_error_of_the_callers(string form, string code)
    {
        await QueueAsync("q");
        var (status, xml) = await PostAsync(form);
        Assert.InRange(status, HttpStatusCode.BadRequest, (HttpStatusCode)499);
        Assert.Equal(code, Text(xml.Element(Sqs + "Error")!, "Code"));
    }

    [Fact]
    public async Task A_form_without_end_is_refused()
    {
        var (status, _) = await PostAsync("Action=ListQueues" + string.Concat(Enumerable.Range(0, 3_000).Select(static i => string.Create(CultureInfo.InvariantCulture, $"&p{i}=1"))));
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Theory]
    [InlineData("Origin", "https://example.com")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_web_page_cannot_call(string header, string value)
    {
        await QueueAsync("q");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_server!.Endpoint}?Action=DeleteQueue&QueueUrl=q");
        request.Headers.Add(header, value);
        using var answer = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.NotNull(_server.Sqs.Engine.Find("q"));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:9324", true)]
    [InlineData("queue.localhost:1", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.8.8:80", true)]
    [InlineData("[::1]:9324", true)]
    [InlineData("queue:9324", true)]
    [InlineData("Queue", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("evillocalhost", false)]
    [InlineData("0.0.0.0:9324", false)]
    [InlineData("192.168.1.7", false)]
    [InlineData("[::ffff:127.0.0.1]", false)]
    [InlineData("[fe80::1]", false)]
    [InlineData("queue.evil.example", false)]
    public async Task Without_credentials_it_is_called_by_its_own_names_only(string host, bool mayCall)
    {
        await using var server = await LocalSqsServer.StartAsync(new() { Port = 0, HostNames = ["queue"] });
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
        {
            using var request = new HttpRequestMessage(method, $"{server.Endpoint}?Action=CreateQueue&QueueName=q");
            request.Headers.Host = host;
            using var answer = await _http.SendAsync(request);
            Assert.Equal(mayCall ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
        }

        Assert.Equal(mayCall, server.Sqs.Engine.Find("q") is not null);
    }

    private async Task<string> QueueAsync(string name = "orders") => Text(Result(await CallAsync("CreateQueue", ("QueueName", name))), "QueueUrl");

    private async Task<XElement> CallAsync(string action, params (string, string)[] parameters)
    {
        var (status, xml) = await PostAsync(Form([("Action", action), .. parameters]));
        Assert.True(status == HttpStatusCode.OK, xml.ToString());
        Assert.Equal(Sqs + (action + "Response"), xml.Name);
        return xml;
    }

    private async Task<(HttpStatusCode, XElement)> PostAsync(string form)
    {
        using var content = new StringContent(form, Encoding.ASCII, "application/x-www-form-urlencoded");
        using var answer = await _http.PostAsync(_server!.Endpoint, content);
        return (answer.StatusCode, XElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    private static string Form(params (string Name, string Value)[] parameters) =>
        string.Join('&', parameters.Select(static p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));

    private static XElement Result(XElement answer) => answer.Elements().First();

    private static string Text(XElement parent, string name) => parent.Element(Sqs + name)?.Value ?? throw new InvalidOperationException($"No {name} in {parent}");

    private static Dictionary<string, XElement> Map(XElement parent, string name, string key) =>
        parent.Elements(Sqs + name).ToDictionary(e => Text(e, key), e => e.Element(Sqs + "Value")!);
}
