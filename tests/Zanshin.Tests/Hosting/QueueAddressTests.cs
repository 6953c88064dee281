using Zanshin.Hosting;

namespace Zanshin.Tests.Hosting;

public class QueueAddressTests
{
    [Theory]
    [InlineData("orders", "orders", null, null, null)]
    [InlineData("arn:aws:sqs:eu-west-1:123456789012:orders.fifo", "orders.fifo", "eu-west-1", "123456789012", null)]
    [InlineData("arn:aws-cn:sqs:cn-north-1:123456789012:orders", "orders", "cn-north-1", "123456789012", null)]
    [InlineData("arn:aws-us-gov:sqs:us-gov-west-1:123456789012:orders", "orders", "us-gov-west-1", "123456789012", null)]
    [InlineData("arn:aws:sqs:xx-new-9:123456789012:orders", "orders", "xx-new-9", "123456789012", null)]
    [InlineData("https://sqs.eu-west-1.amazonaws.com/123456789012/orders", "orders", "eu-west-1", "123456789012", null)]
    [InlineData("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders", "orders", "cn-north-1", "123456789012", null)]
    [InlineData("https://eu-west-1.queue.amazonaws.com/123456789012/orders", "orders", "eu-west-1", "123456789012", null)]
    [InlineData("https://queue.amazonaws.com/123456789012/orders", "orders", "us-east-1", "123456789012", null)]
    [InlineData("https://sqs-fips.us-east-2.amazonaws.com/123456789012/orders", "orders", "us-east-2", "123456789012", "https://sqs-fips.us-east-2.amazonaws.com")]
    [InlineData("https://sqs.us-east-2.api.aws/123456789012/orders", "orders", "us-east-2", "123456789012", "https://sqs.us-east-2.api.aws")]
    [InlineData("https://vpce-1a2b.sqs.us-east-2.vpce.amazonaws.com/123456789012/orders", "orders", "us-east-2", "123456789012", "https://vpce-1a2b.sqs.us-east-2.vpce.amazonaws.com")]
    [InlineData("http://127.0.0.1:9324/000000000000/orders", "orders", null, "000000000000", "http://127.0.0.1:9324")]
    [InlineData("http://mq:9324/queue/orders", "orders", null, null, "http://mq:9324")]
    [InlineData("https://gateway.test/sqs/123456789012/orders", "orders", null, "123456789012", "https://gateway.test/sqs")]
    [InlineData("https://gateway.test/aws/sqs/123456789012/orders.fifo", "orders.fifo", null, "123456789012", "https://gateway.test/aws/sqs")]
    [InlineData("http://localhost:4566/queue/eu-west-1/000000000000/orders", "orders", null, "000000000000", "http://localhost:4566")]
    public void A_name_a_url_or_an_arn_says_where_its_queue_is(string given, string name, string? region, string? account, string? endpoint)
    {
        QueueAddress address = QueueAddress.Parse(given);
        Assert.Equal((name, region, account, endpoint), (address.Name, address.Region, address.Account, address.Endpoint));
        Assert.Equal(given == name, address.IsName);
        Assert.Equal(given.Contains("://", StringComparison.Ordinal) ? given : null, address.Url);
    }

    [Theory]
    [InlineData("arn:aws:sqs:eu-west-1:123456789012", "is not the ARN of a queue")]
    [InlineData("arn:aws:sqs:eu-west-1:12345:orders", "is not the ARN of a queue")]
    [InlineData("arn:aws:sns:eu-west-1:123456789012:orders", "is not the ARN of a queue")]
    [InlineData("arn:azure:sqs:eu-west-1:123456789012:orders", "is not the ARN of a queue")]
    [InlineData("arn:aws:sqs::123456789012:orders", "is not the ARN of a queue")]
    [InlineData("arn:aws:sqs:cn-north-1:123456789012:orders", "cn-north-1 is a region of the partition aws-cn, not of aws")]
    [InlineData("https://sqs.eu-west-1.amazonaws.com/", "is not the URL of a queue")]
    [InlineData("https://sqs.eu-west-1.amazonaws.com/orders", "after the host it must have the account")]
    [InlineData("ftp://sqs.eu-west-1.amazonaws.com/123456789012/orders", "is not the URL of a queue")]
    public void What_is_neither_is_said_in_a_sentence(string given, string says) =>
        Assert.Contains(says, Assert.Single(Assert.Throws<ZanshinConfigurationException>(() => QueueAddress.Parse(given)).Problems), StringComparison.Ordinal);
}
