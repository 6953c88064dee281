using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Testing.Tests.Handlers;

public class HandlerBatchTests
{
    private readonly Stock _stock = new();

    private HandlerCase InTheShop => HandlerTest.For(Shop.Configure).Services(s => s.AddSingleton(_stock));

    [Fact]
    public async Task Each_message_of_a_batch_has_its_settlement()
    {
        BatchResult result = await InTheShop.RunBatchAsync<Mail>([new("a"), new("nobody"), new("b")]);

        Assert.Equal(["a", "b"], _stock.Mailed);
        Assert.Equal(["Done", "Reject: no address", "Done"], result.Settled.Select(static s => s.ToString()));
        Assert.Equal(Outcome.Done, result.Outcome!.Others);
    }

    [Fact]
    public async Task An_exception_is_one_for_all()
    {
        BatchResult result = await HandlerTest.RunBatchAsync<SendMails, Mail>([new("a"), new("fire")], s => s.AddSingleton(_stock));

        Assert.IsType<InvalidOperationException>(result.Exception);
        Assert.All(result.Settled, static s => Assert.Equal(SettlementKind.Retry, s.Kind));
        Assert.Throws<InvalidOperationException>(() => (BatchOutcome)result);
    }

    [Fact]
    public async Task One_that_cannot_be_read_is_rejected_alone()
    {
        BatchResult result = await InTheShop.Queue("mails").RunTextBatchAsync(["""{"To":"a"}""", "no json"]);

        Assert.Equal(["a"], _stock.Mailed);
        Assert.Equal([SettlementKind.Done, SettlementKind.Reject], result.Settled.Select(static s => s.Kind));
    }

    [Fact]
    public async Task More_than_one_receive_brings_are_one_batch()
    {
        BatchResult result = await InTheShop.RunBatchAsync(Enumerable.Range(0, 30).Select(static i => new Mail($"{i}")));

        Assert.Equal(30, _stock.Mailed.Count);
        Assert.Equal(30, result.Settled.Count);
    }
}
