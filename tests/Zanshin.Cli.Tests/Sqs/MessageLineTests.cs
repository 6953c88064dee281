using System.Text;
using Amazon.SQS.Model;
using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Tests.Sqs;

using Outgoing = Zanshin.Cli.Sqs.Outgoing;

public class MessageLineTests
{
    [Fact]
    public void What_dump_writes_is_the_same_message_again()
    {
        var message = new Amazon.SQS.Model.Message
        {
            MessageId = "id-1",
            Body = "two\nlines, \"quotes\", \u00e9 and \ud83d\ude00",
            MessageAttributes = new()
            {
                ["text"] = new() { DataType = "String.custom", StringValue = "v" },
                ["blob"] = new() { DataType = "Binary.gif", BinaryValue = new MemoryStream([0, 1, 254, 255]) },
            },
            Attributes = new() { ["MessageGroupId"] = "g", ["MessageDeduplicationId"] = "d", ["AWSTraceHeader"] = "Root=1", ["SentTimestamp"] = "1700000000123", ["ApproximateReceiveCount"] = "2" },
        };
        using var bytes = new MemoryStream();
        DumpLine.Write(bytes, message);
        string text = Encoding.UTF8.GetString(bytes.ToArray());

        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        Outgoing read = MessageLine.Read(text, 1);
        Assert.Equal((message.Body, "g", "d", "Root=1", "id-1"), (read.Body, read.Group, read.DeduplicationId, read.Trace, read.OriginalId));
        Assert.Equal(("String.custom", "v"), (read.Attributes["text"].DataType, read.Attributes["text"].StringValue));
        Assert.Equal("Binary.gif", read.Attributes["blob"].DataType);
        Assert.Equal([0, 1, 254, 255], read.Attributes["blob"].BinaryValue.ToArray());
    }

    [Fact]
    public void People_may_write_less()
    {
        Outgoing read = MessageLine.Read("""{"body":{"Number":7},"attributes":{"a":"x","n":5},"delay":3}""", 1);
        Assert.Equal("""{"Number":7}""", read.Body);
        Assert.Equal(("String", "x", "Number", "5"), (read.Attributes["a"].DataType, read.Attributes["a"].StringValue, read.Attributes["n"].DataType, read.Attributes["n"].StringValue));
        Assert.Equal(3, read.DelaySeconds);
    }

    [Theory]
    [InlineData("nope", "is not JSON")]
    [InlineData("[1]", "is not a JSON object")]
    [InlineData("""{"group":"g"}""", "has no \"body\"")]
    [InlineData("""{"body":""}""", "empty \"body\"")]
    [InlineData("""{"body":"\ud800"}""", "no Unicode")]
    [InlineData("""{"body":"x","atributes":{}}""", "has a field \"atributes\"")]
    [InlineData("""{"body":"x","attributes":[]}""", "no JSON object")]
    [InlineData("""{"body":"x","attributes":{"a":true}}""", "attribute \"a\"")]
    [InlineData("""{"body":"x","attributes":{"a":{"type":"Binary","value":"?"}}}""", "not base64")]
    [InlineData("""{"body":"x","delay":901}""", "0 to 900")]
    [InlineData("""{"body":"x","delay":"5"}""", "0 to 900")]
    [InlineData("""{"body":"x","group":5}""", "\"group\" that is no text")]
    public void A_line_that_is_no_message_says_why(string line, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => MessageLine.Read(line, 1)).Message, StringComparison.Ordinal);
}
