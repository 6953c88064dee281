using Amazon.SQS.Model;

namespace Zanshin.Tests.Handling;

public class EnvelopeTests
{
    // As SNS documents it (sns-sqs-as-subscriber), with attributes (sns-message-attributes).
    private const string Notification = """
        {
          "Type" : "Notification",
          "MessageId" : "63a3f6b6-d533-4a47-aef9-fcf5cf758c76",
          "TopicArn" : "arn:aws:sns:us-west-2:123456789012:MyTopic",
          "Subject" : "Testing publish to subscribed queues",
          "Message" : "{\"Id\":7,\"Item\":\"gr\u00fcn \ud83c\udf75\"}",
          "Timestamp" : "2012-03-29T05:12:16.901Z",
          "SignatureVersion" : "1",
          "Signature" : "EXAMPLEnTrFPa3...",
          "SigningCertURL" : "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem",
          "UnsubscribeURL" : "https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-west-2:123456789012:MyTopic:c7fe3a54-ab0e-4ec2-88e0-db410a0f2bee",
          "MessageAttributes" : {
            "zanshin-type" : {"Type":"String","Value":"order.placed"},
            "weight" : {"Type":"Number","Value":"12.5"},
            "tags" : {"Type":"String.Array","Value":"[\"a\",\"b\"]"},
            "raw" : {"Type":"Binary","Value":"AQID"}
          }
        }
        """;

    // As EventBridge documents it (eb-events-structure, the EC2 example).
    private const string Event = """
        {
          "version": "0",
          "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
          "detail-type": "EC2 Instance State-change Notification",
          "source": "aws.ec2",
          "account": "111122223333",
          "time": "2017-12-22T18:43:48Z",
          "region": "us-west-1",
          "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
          "detail": { "instance-id": "i-1234567890abcdef0", "state": "terminated" }
        }
        """;

    // As AWS.Messaging writes it, older versions with the data as a string.
    private const string OlderAwsMessage = """
        {"id":"b02f156b-0f02-48cf-ae54-4fbbe05cffba","source":"/aws/messaging","specversion":"1.0","type":"chatMessage","time":"2023-11-21T16:36:02.8957126+00:00","data":"{\"MessageDescription\":\"Testing!!!\"}"}
        """;

    private const string AwsMessage = """
        {"id":"b02f156b-0f02-48cf-ae54-4fbbe05cffba","source":"/aws/messaging","specversion":"1.0","type":"chatMessage","time":"2023-11-21T16:36:02.8957126+00:00","datacontenttype":"application/json","data":{"MessageDescription":"Testing!!!"},"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
        """;

    [Fact]
    public void Sns_gives_the_message_its_attributes_and_its_topic()
    {
        EnvelopeContent content = Open(Envelope.Sns, Notification);
        Assert.Equal("""{"Id":7,"Item":"grün 🍵"}""", content.Text);
        Assert.Null(content.Type);
        Assert.Equal("order.placed", content.Attributes["zanshin-type"].StringValue);
        Assert.Equal(("Number", "12.5"), (content.Attributes["weight"].DataType, content.Attributes["weight"].StringValue));
        Assert.Equal("String.Array", content.Attributes["tags"].DataType);
        Assert.Equal([1, 2, 3], content.Attributes["raw"].BinaryValue.ToArray());
        Assert.Equal("arn:aws:sns:us-west-2:123456789012:MyTopic", content.Fields["TopicArn"]);
        Assert.Equal("Testing publish to subscribed queues", content.Fields["Subject"]);
        Assert.DoesNotContain("Message", content.Fields.Keys);
    }

    [Theory]
    [InlineData("plain text")]
    [InlineData("")]
    [InlineData("""{"Type":"Notification","Message":"no topic"}""")]
    [InlineData("""{"Type":"Order","TopicArn":"mine","Message":"x"}""")]
    [InlineData("""{"Type":7,"TopicArn":[]}""")]
    [InlineData("""{"TopicArn" this is no JSON""")]
    public void Sns_leaves_what_was_delivered_raw_as_it_is(string text) => Assert.Equal(text, Open(Envelope.Sns, text).Text);

    [Theory]
    [InlineData("""{"Type":"Notification","TopicArn":"t"}""", "it has no 'Message'")]
    [InlineData("""{"Type":"Notification","TopicArn":"t","Message":{"a":1}}""", "its 'Message' is no string")]
    [InlineData("""{"Type":"Notification","TopicArn":"t","Message":"m","MessageAttributes":[]}""", "are no object")]
    [InlineData("""{"Type":"Notification","TopicArn":"t","Message":"m","MessageAttributes":{"a":{"Type":"String"}}}""", "no Type or Value")]
    [InlineData("""{"Type":"SubscriptionConfirmation","TopicArn":"t","Message":"m","Token":"2336"}""", "asks to confirm a subscription")]
    public void What_sns_never_delivers_so_is_refused(string text, string why) => Refused(Envelope.Sns, text, why);

    [Fact]
    public void EventBridge_gives_the_detail_as_it_was_written_and_its_detail_type()
    {
        EnvelopeContent content = Open(Envelope.EventBridge, Event);
        Assert.Equal("EC2 Instance State-change Notification", content.Type);
        Assert.Equal("""{ "instance-id": "i-1234567890abcdef0", "state": "terminated" }""", content.Text);
        Assert.Equal("aws.ec2", content.Fields["source"]);
        Assert.Equal("111122223333", content.Fields["account"]);
        Assert.Equal("2017-12-22T18:43:48Z", content.Fields["time"]);
        Assert.Equal("6a7e8feb-b491-4cf7-a9f1-bf3703467718", content.Fields["id"]);
        Assert.Equal("""["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"]""", content.Fields["resources"]);
    }

    [Theory]
    [InlineData("", "it is not valid JSON (line 1, byte 1)")]
    [InlineData("secret", "it is not valid JSON (line 1, byte 1)")]
    [InlineData("""{"source":"secret","detail":{}""", "it is not valid JSON")]
    [InlineData("""{"source":"secret","detail":{}} more""", "it is not valid JSON")]
    [InlineData("[]", "it is no JSON object")]
    [InlineData("\"secret\"", "it is no JSON object")]
    [InlineData("""{"detail":{},"detail-type":"secret"}""", "it has no 'source'")]
    [InlineData("""{"source":"a","detail":{}}""", "it has no 'detail-type'")]
    [InlineData("""{"source":"a","detail-type":null,"detail":{}}""", "it has no 'detail-type'")]
    [InlineData("""{"source":"a","detail-type":7,"detail":{}}""", "its 'detail-type' is no string")]
    [InlineData("""{"source":"a","detail-type":"secret"}""", "it has no 'detail'")]
    [InlineData("""{"source":"a","detail-type":"secret","detail":1,"detail":2}""", "it has a field twice")]
    [InlineData("""{"source":"a","detail-type":"secret","detail-type":"b","detail":2}""", "it has a field twice")]
    [InlineData("""{"source":"a","detail-type":"\ud800","detail":2}""", "half a surrogate pair")]
    [InlineData("""{"source":"a","\ud800":"secret","detail":2}""", "it is not valid JSON")]
    public void What_is_no_event_is_refused_with_a_reason_that_quotes_nothing(string text, string why)
    {
        UnreadableMessageException refused = Refused(Envelope.EventBridge, text, why);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_is_bounded_and_half_a_surrogate_is_no_text()
    {
        string deep = new string('[', 100_000) + new string(']', 100_000);
        Refused(Envelope.EventBridge, $$"""{"source":"a","detail-type":"b","detail":{{deep}}}""", "it is not valid JSON");
        Refused(Envelope.EventBridge, "{\"source\":\"\ud800\"}", "half a surrogate pair");
    }

    [Fact]
    public void A_huge_number_is_the_handlers_to_read()
    {
        string huge = new('9', 100_000);
        Assert.Equal(huge, Open(Envelope.EventBridge, $$"""{"source":"a","detail-type":"b","detail":{{huge}}}""").Text);
    }

    [Fact]
    public void A_cloud_event_gives_its_data_and_its_type_and_its_extensions()
    {
        EnvelopeContent content = Open(Envelope.CloudEvents, CloudEvent(""" "datacontenttype" : "application/json", "data" : { "appinfoA" : "abc", "appinfoB" : 123, "appinfoC" : true } """));
        Assert.Equal("com.example.someevent", content.Type);
        Assert.Equal("""{ "appinfoA" : "abc", "appinfoB" : 123, "appinfoC" : true }""", content.Text);
        Assert.Equal(("/mycontext", "C234-1234-1234", "5"), (content.Fields["source"], content.Fields["id"], content.Fields["comexampleothervalue"]));
        Assert.DoesNotContain("subject", content.Fields.Keys); // null is the same as none
        Assert.DoesNotContain("data", content.Fields.Keys);
    }

    [Theory]
    [InlineData(""" "data" : "I'm just a string" """, "\"I'm just a string\"")] // JSON, as nothing is said: its text has quotes
    [InlineData(""" "datacontenttype":"application/cloudevents+json; charset=utf-8", "data":"text" """, "\"text\"")]
    [InlineData(""" "datacontenttype":"application/xml", "data" : "<much wow=\"xml\"/>" """, "<much wow=\"xml\"/>")]
    [InlineData(""" "datacontenttype":"application/json", "data_base64":"eyJhIjoxfQ==" """, "{\"a\":1}")]
    [InlineData(""" "datacontenttype":"TEXT/plain;charset=utf-8", "data_base64":"aGk=" """, "hi")]
    [InlineData(""" "datacontenttype":"application/vnd.apache.thrift.binary", "data_base64":"AQID" """, "AQID")]
    [InlineData(""" "data_base64":"AQID" """, "AQID")]
    [InlineData(""" "data":null """, "null")]
    [InlineData(""" "dataschema":"urn:x" """, "")]
    public void A_cloud_events_data_is_read_by_its_content_type(string data, string text) => Assert.Equal(text, Open(Envelope.CloudEvents, CloudEvent(data)).Text);

    [Theory]
    [InlineData(""" "data":1, "data_base64":"AQID" """, "both 'data' and 'data_base64'")]
    [InlineData(""" "datacontenttype":"application/json", "data_base64":"no base64!" """, "not text in UTF-8 as base64")]
    [InlineData(""" "datacontenttype":"text/plain", "data_base64":"/////w==" """, "not text in UTF-8 as base64")]
    [InlineData(""" "datacontenttype":7, "data":1 """, "its 'datacontenttype' is no string")]
    public void A_cloud_event_whose_data_cannot_be_told_is_refused(string data, string why) => Refused(Envelope.CloudEvents, CloudEvent(data), why);

    [Theory]
    [InlineData("""{"type":"t","source":"s","id":"1","data":1}""", "it has no 'specversion'")]
    [InlineData("""{"specversion":"0.3","type":"t","source":"s","id":"1","data":1}""", "its 'specversion' is not 1.0")]
    [InlineData("""{"specversion":"1.0","source":"s","id":"1","data":1}""", "it has no 'type'")]
    [InlineData("""{"specversion":"1.0","type":"t","source":"s","data":1}""", "it has no 'id'")]
    public void What_lacks_a_required_attribute_is_no_cloud_event(string text, string why) => Refused(Envelope.CloudEvents, text, why);

    [Theory]
    [InlineData(OlderAwsMessage, """{"MessageDescription":"Testing!!!"}""")]
    [InlineData(AwsMessage, """{"MessageDescription":"Testing!!!"}""")]
    public void Both_forms_of_aws_messaging_give_the_same(string text, string inner)
    {
        EnvelopeContent content = Open(Envelope.AwsMessaging, text);
        Assert.Equal(("chatMessage", inner, "/aws/messaging"), (content.Type, content.Text, content.Fields["source"]));
    }

    [Fact]
    public void Envelopes_nest()
    {
        string outer = $$"""{"Type":"Notification","TopicArn":"t","MessageId":"m","Message":{{System.Text.Json.JsonSerializer.Serialize(Event)}}}""";
        EnvelopeContent content = Open(Envelope.Sns.Then(Envelope.EventBridge), outer);
        Assert.Equal("EC2 Instance State-change Notification", content.Type);
        Assert.Equal(("t", "aws.ec2"), (content.Fields["TopicArn"], content.Fields["source"]));
    }

    [Fact]
    public void A_contents_text_is_not_in_what_it_prints() =>
        Assert.DoesNotContain("secret", new EnvelopeContent { Text = "secret", Type = "t" }.ToString(), StringComparison.Ordinal);

    private static string CloudEvent(string data) => $$"""
        { "specversion" : "1.0", "type" : "com.example.someevent", "source" : "/mycontext", "subject": null, "id" : "C234-1234-1234",
          "time" : "2018-04-05T17:31:00Z", "comexampleextension1" : "value", "comexampleothervalue" : 5, {{data}} }
        """;

    private static EnvelopeContent Open(Envelope envelope, string text) =>
        envelope.Unwrap(new EnvelopeContent { Text = text, Attributes = new Dictionary<string, MessageAttributeValue>() });

    private static UnreadableMessageException Refused(Envelope envelope, string text, string why)
    {
        var refused = Assert.Throws<UnreadableMessageException>(() => Open(envelope, text));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        return refused;
    }
}
