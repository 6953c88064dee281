using Amazon.SQS.Model;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Pipeline;

/// <summary>What middleware knows of a message that no handler can be given, and what its dead letter says.</summary>
public class UnreadableTests
{
    private const string NoJson = "The body cannot be read as Order (JsonException at line 1, byte 2)";
    private const string NoType = "No handler of the queue has the type name 'unknown'";
    private const string NoEnvelope = "The body's envelope cannot be opened by";

    [Theory]
    [InlineData("""{"id":7}""", null, "no tenant", null)]
    [InlineData("not json", null, NoJson + ". Its middleware says: no tenant", null)]
    [InlineData("""{"id":7}""", "unknown", NoType + ". Its middleware says: no tenant", null)]
    [InlineData("not json", null, NoJson + ". Its middleware says: InvalidOperationException: no tenant", "throws")]
    [InlineData("not json", null, NoJson + ".", "passes")]
    [InlineData("""{"id":7}""", "unknown", NoType + ".", "passes")]
    [InlineData("not json", null, NoJson + ". Its middleware says: it failed", "catches")]
    [InlineData("not json", null, NoJson + ". Its middleware says: no tenant", "asks and refuses")]
    public void A_dead_letter_tells_why_it_could_not_be_read_whatever_a_filter_says(string body, string? type, string expected, string? filter) => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench);
        await bench.SendAsync(url, body, type: type);
        await bench.StartAsync(z =>
        {
            z.Use((message, next, cancel) => filter switch
            {
                "throws" => throw new InvalidOperationException("no tenant"),
                "passes" when message.Unreadable is not null => next(message, cancel),
                "catches" => Caught(() => next(message, cancel)),
                "asks and refuses" when message.Unreadable is not null => ValueTask.FromResult(Outcome.Reject("no tenant")),
                _ => ValueTask.FromResult(Outcome.Reject("no tenant")),
            });
            z.Queue("orders", q =>
            {
                q.RejectOn<InvalidOperationException>();
                q.Handle<Order>("order", Body.Json<Order>(), static (_, _, _) => ValueTask.FromResult(Outcome.Done));
                if (type is null)
                    q.Handle<Order>(Body.Json<Order>(), static (_, _, _) => ValueTask.FromResult(Outcome.Done));
            });
        });
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 }, 60);

        Assert.Equal(expected, await ReasonAsync(bench, dead));
        Assert.Contains(bench.Log.Lines, l => l.Id == 21 && l.Text.Contains(expected, StringComparison.Ordinal));
    });

    [Fact]
    public void An_envelope_that_cannot_be_opened_is_told_though_a_filter_refuses_what_has_no_tenant() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench);
        await bench.SendAsync(url, "no envelope at all");
        await bench.StartAsync(static z =>
        {
            z.Use(static (message, next, cancel) => message.Attributes.ContainsKey("tenant") ? next(message, cancel) : ValueTask.FromResult(Outcome.Reject("no tenant")));
            z.Queue("orders", static q =>
            {
                q.Envelope = new Broken();
                q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Done));
            });
        });
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });

        Assert.Equal($"{NoEnvelope} Broken (FormatException). Its middleware says: no tenant", await ReasonAsync(bench, dead));
    });

    [Fact]
    public void Middleware_that_gives_another_text_is_judged_by_that_text() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench);
        await bench.SendAsync(url, "encrypted");
        List<bool> unreadable = [];
        int? handled = null;
        await bench.StartAsync(z =>
        {
            z.Use((message, next, cancel) =>
            {
                unreadable.Add(message.Unreadable is not null);
                Message decrypted = message.WithText("""{"id":7}""");
                unreadable.Add(decrypted.Unreadable is not null);
                return next(decrypted, cancel);
            });
            z.Queue("orders", q => q.Handle<Order>(Body.Json<Order>(), (message, _, _) =>
            {
                handled = message.Body.Id;
                unreadable.Add(message.Unreadable is not null);
                return ValueTask.FromResult(Outcome.Reject("sold out"));
            }));
        });
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });

        Assert.Equal([true, false, false], unreadable);
        Assert.Equal(7, handled);
        Assert.Equal("sold out", await ReasonAsync(bench, dead));
    });

    [Fact]
    public void A_body_that_middleware_asks_for_is_read_once() => Bench.Run(async bench =>
    {
        (string url, _) = await WithDeadLetters(bench);
        await bench.SendAsync(url, "x");
        var reader = new CountingReader();
        await bench.StartAsync(z =>
        {
            z.Use(static (message, next, cancel) => message.Unreadable is null && message.Unreadable is null ? next(message, cancel) : ValueTask.FromResult(Outcome.Reject("unreadable")));
            z.Queue("orders", q => q.Handle(reader, static (_, _, _) => ValueTask.FromResult(Outcome.Done)));
        });
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal(1, reader.Reads);
    });

    [Fact]
    public void Of_a_batch_each_message_that_a_filter_refuses_tells_why_it_could_not_be_read() => Bench.Run(async bench =>
    {
        (string url, string dead) = await WithDeadLetters(bench);
        foreach (string body in (string[])["""{"id":1}""", "not json", "nor this"])
            await bench.SendAsync(url, body);
        await bench.StartAsync(static z =>
        {
            // The second is passed on, the others are refused.
            z.UseBatch(static async (batch, next, cancel) =>
            {
                BatchOutcome outcome = await next([.. batch.Where(static m => m.Text == "not json")], cancel);
                foreach (Message refused in batch.Where(static m => m.Text != "not json"))
                    outcome[refused] = Outcome.Reject("no tenant");
                return outcome;
            });
            z.Queue("orders", static q => q.HandleBatch<Order>(Body.Json<Order>(), static (_, _, _) => ValueTask.FromResult<BatchOutcome>(Outcome.Done), max: 3, gather: TimeSpan.FromSeconds(1)));
        });
        await bench.Until(() => bench.Status is { Rejected: 3, Settling: 0 });

        List<string> reasons = [];
        for (int i = 0; i < 3; i++)
            reasons.Add(await ReasonAsync(bench, dead));
        Assert.Equal(["no tenant", NoJson + ".", NoJson + ". Its middleware says: no tenant"], reasons.Order(StringComparer.Ordinal).OrderBy(static r => r.Length));
    });

    private static async ValueTask<Outcome> Caught(Func<ValueTask<Outcome>> rest)
    {
        try
        {
            return await rest();
        }
        catch (UnreadableMessageException)
        {
            return Outcome.Reject("it failed");
        }
    }

    private static async Task<(string Url, string Dead)> WithDeadLetters(Bench bench)
    {
        string dead = await bench.QueueAsync("dead");
        return (await bench.QueueAsync("orders", ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":9}""")), dead);
    }

    private static async Task<string> ReasonAsync(Bench bench, string dead)
    {
        Amazon.SQS.Model.Message copy = (await bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = dead, MaxNumberOfMessages = 1, MessageAttributeNames = ["All"] })).Messages.Single();
        using var json = System.Text.Json.JsonDocument.Parse(copy.MessageAttributes["zanshin-reject"].StringValue);
        return json.RootElement.GetProperty("reason").GetString()!;
    }

    public sealed record Order(int Id);

    private sealed class Broken : Envelope
    {
        public override EnvelopeContent Unwrap(EnvelopeContent content) => throw new FormatException("no");
    }

    private sealed class CountingReader : BodyReader<string>
    {
        public int Reads { get; private set; }

        public override string Read(Message message)
        {
            Reads++;
            return message.Text;
        }

        public override string Write(string body) => body;
    }
}
