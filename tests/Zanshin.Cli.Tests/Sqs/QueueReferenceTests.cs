using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Tests.Sqs;

public class QueueReferenceTests
{
    [Theory]
    [InlineData("orders", "orders", null, null, null)]
    [InlineData("orders.fifo", "orders.fifo", null, null, null)]
    [InlineData("arn:aws:sqs:eu-west-1:123456789012:orders", "orders", "123456789012", "eu-west-1", null)]
    [InlineData("https://sqs.eu-west-1.amazonaws.com/123456789012/orders", "orders", null, "eu-west-1", null)]
    [InlineData("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders.fifo", "orders.fifo", null, "cn-north-1", null)]
    [InlineData("https://eu-west-1.queue.amazonaws.com/123456789012/orders", "orders", null, "eu-west-1", null)]
    [InlineData("https://vpce-1-a.sqs.eu-west-1.vpce.amazonaws.com/123456789012/orders", "orders", null, "eu-west-1", "https://vpce-1-a.sqs.eu-west-1.vpce.amazonaws.com")]
    [InlineData("https://queue.amazonaws.com/123456789012/orders", "orders", null, "us-east-1", null)]
    [InlineData("https://sqs-fips.us-east-1.amazonaws.com/123456789012/orders", "orders", null, "us-east-1", "https://sqs-fips.us-east-1.amazonaws.com")]
    [InlineData("https://sqs.eu-west-1.api.aws/123456789012/orders", "orders", null, "eu-west-1", "https://sqs.eu-west-1.api.aws")]
    [InlineData("https://sqs.cn-north-1.api.amazonwebservices.com.cn/123456789012/orders", "orders", null, "cn-north-1", "https://sqs.cn-north-1.api.amazonwebservices.com.cn")]
    [InlineData("http://localhost:9324/000000000000/orders", "orders", null, null, "http://localhost:9324")]
    [InlineData("https://gateway.test/aws/sqs/000000000000/orders", "orders", null, null, "https://gateway.test/aws/sqs")]
    [InlineData("http://localhost:4566/queue/eu-west-1/000000000000/orders", "orders", null, null, "http://localhost:4566")]
    public void A_queue_is_named_by_name_URL_or_ARN(string text, string name, string? account, string? region, string? origin)
    {
        QueueReference read = QueueReference.Read(text);
        Assert.Equal((name, account, region, origin), (read.Name, read.Account, read.Region, read.Origin?.OriginalString));
        Assert.Equal(text.Contains("://", StringComparison.Ordinal) ? text : null, read.Url);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("orders\n")]
    [InlineData("a.b")]
    [InlineData("arn:aws:sns:eu-west-1:123456789012:orders")]
    [InlineData("arn:aws:sqs:eu-west-1:orders")]
    [InlineData("ftp://host/1/orders")]
    [InlineData("http://localhost:9324/")]
    public void What_is_none_of_these_is_refused(string text) => Assert.Contains("is not a queue", Assert.Throws<Refusal>(() => QueueReference.Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_URL_names_its_endpoint_and_an_ARN_its_region_unless_an_endpoint_is_given()
    {
        using var url = new SqsPlace().Client(QueueReference.Read("http://localhost:4321/000000000000/orders"));
        Assert.Equal("http://localhost:4321", url.Config.ServiceURL?.TrimEnd('/'));
        using var fips = new SqsPlace { Region = "eu-west-1" }.Client(QueueReference.Read("https://sqs-fips.us-east-1.amazonaws.com/123456789012/orders"));
        Assert.Equal(("https://sqs-fips.us-east-1.amazonaws.com", "us-east-1"), (fips.Config.ServiceURL?.TrimEnd('/'), fips.Config.AuthenticationRegion));
        using var given = new SqsPlace { Endpoint = SqsPlace.LocalEndpoint }.Client(QueueReference.Read("arn:aws:sqs:eu-west-1:123456789012:orders"));
        Assert.Equal("http://localhost:9324", given.Config.ServiceURL?.TrimEnd('/'));
    }
}
