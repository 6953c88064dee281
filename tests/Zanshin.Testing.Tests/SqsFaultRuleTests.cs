using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.LocalQueue;
using Zanshin.Testing.Tests.Faults;

namespace Zanshin.Testing.Tests;

/// <summary>Which calls a rule strikes.</summary>
public class SqsFaultRuleTests
{
    [Fact]
    public void After_and_times_count_the_calls_that_it_would_strike() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync(), other = await bench.QueueAsync("other");
        SqsFault fault = bench.Faults.On("SendMessage", queue: "orders").After(2).Times(3).Fail("OverLimit");

        Assert.Equal("....", await SendsAsync(bench, other, 4));
        Assert.Equal("..xxx...", await SendsAsync(bench, url, 8));
        Assert.Equal("..", await SendsAsync(bench, other, 2));
        Assert.Equal(3, fault.Strikes);
    });

    [Fact]
    public void Without_a_number_it_strikes_until_it_is_taken_out() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        SqsFault fault = bench.Faults.On("SendMessage").Fail("OverLimit");

        Assert.Equal("xxxxx", await SendsAsync(bench, url, 5));
        fault.Dispose();
        fault.Dispose();
        Assert.Equal("...", await SendsAsync(bench, url, 3));
        Assert.Equal(5, fault.Strikes);
    });

    [Fact]
    public void Of_several_rules_the_first_that_has_strikes_left_takes_the_call() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        SqsFault first = bench.Faults.On("SendMessage").After(1).Times(2).Fail("OverLimit");
        SqsFault second = bench.Faults.On("SendMessage").Times(3).Fail("RequestThrottled");
        SqsFault third = bench.Faults.OnAny().After(2).Fail("AccessDenied");

        List<string> codes = [];
        for (int i = 0; i < 9; i++)
            codes.Add(await CodeAsync(bench, url));

        // The third counts only what the others left over: two pass, and so on.
        Assert.Equal(["RequestThrottled", "OverLimit", "OverLimit", "RequestThrottled", "RequestThrottled", "", "", "AccessDenied", "AccessDenied"], codes);
        Assert.Equal((2, 3, 2), (first.Strikes, second.Strikes, third.Strikes));
    });

    [Fact]
    public void A_rule_is_for_its_action_and_its_queue_only() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync(), other = await bench.QueueAsync("orders-2");
        bench.Faults.On("SendMessage", queue: "orders").Fail("OverLimit");

        Assert.Equal("x", await SendsAsync(bench, url, 1));
        Assert.Equal(".", await SendsAsync(bench, other, 1));
        Assert.Empty(await bench.ReceiveAsync(url, client: bench.Client));
    });

    [Fact]
    public void Calls_that_name_the_queue_otherwise_are_of_that_queue_too() => FaultBench.Run(async bench =>
    {
        List<(string, string?)> seen = [];
        bench.Faults.OnAny().When(call =>
        {
            seen.Add((call.Action, call.Queue));
            return false;
        }).Hang();
        string url = (await bench.Client.CreateQueueAsync("orders")).QueueUrl;
        await bench.Client.GetQueueUrlAsync("orders");
        await bench.Client.ListQueuesAsync("");
        await bench.Client.ListMessageMoveTasksAsync(new ListMessageMoveTasksRequest { SourceArn = (await bench.Direct.GetQueueAttributesAsync(url, ["QueueArn"])).QueueARN });

        Assert.Equal([("CreateQueue", "orders"), ("GetQueueUrl", "orders"), ("ListQueues", null), ("ListMessageMoveTasks", "orders")], seen);
    });

    [Fact]
    public void A_predicate_sees_how_manyth_call_of_its_queue_it_is() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync(), other = await bench.QueueAsync("other");
        bench.Faults.On("SendMessage").When(static call => call.Queue == "orders").When(static call => call.Number is 2 or 4).Fail("OverLimit");

        Assert.Equal("...", await SendsAsync(bench, other, 3));
        Assert.Equal(".x.x.", await SendsAsync(bench, url, 5));
    });

    [Fact]
    public void A_predicate_may_make_and_take_out_rules_and_ask_for_counts() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        SqsFault? outage = null;
        bench.Faults.On("SendMessage").When(call =>
        {
            if (bench.Faults.CallsOf("SendMessage") == 2)
                outage = bench.Faults.OnAny().Fail("OverLimit");
            if (call.Number == 4)
                outage!.Dispose();
            return false;
        }).Hang();

        // A rule strikes from the next call on.
        Assert.Equal("..xx.", await SendsAsync(bench, url, 5));
    });

    [Fact]
    public void A_rule_without_its_last_word_does_nothing_and_one_beginning_serves_many() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync();
        SqsFaultRule once = bench.Faults.On("SendMessage").Times(1);
        Assert.Equal(".", await SendsAsync(bench, url, 1));

        once.Fail("OverLimit");
        once.After(1).Fail("OverLimit");
        Assert.Equal("x.x.", await SendsAsync(bench, url, 4));
    });

    [Fact]
    public void Calls_are_counted_by_action_and_queue_whatever_became_of_them() => FaultBench.Run(async bench =>
    {
        string url = await bench.QueueAsync(), other = await bench.QueueAsync("other");
        bench.Faults.On("SendMessage").Times(2).LoseRequest();
        await SendsAsync(bench, url, 3);
        await SendsAsync(bench, other, 2);

        Assert.Equal(5, bench.Faults.CallsOf("SendMessage"));
        Assert.Equal(3, bench.Faults.CallsOf("SendMessage", queue: "orders"));
        Assert.Equal(0, bench.Faults.CallsOf("ReceiveMessage"));
    });

    [Fact]
    public async Task Strikes_are_exact_when_many_threads_call()
    {
        using var sqs = new LocalSqs();
        using var faults = new SqsFaults(sqs);
        using AmazonSQSClient client = LocalSqsClient.Create(faults);
        string url = (await client.CreateQueueAsync("orders")).QueueUrl;
        int inside = 0, together = 0, asked = 0, refused = 0;
        SqsFault fault = faults.On("SendMessage").When(_ =>
        {
            together += Interlocked.Increment(ref inside) - 1;
            Thread.SpinWait(1000); // Long enough for others to come in, if they could.
            Interlocked.Decrement(ref inside);
            return ++asked % 2 == 0;
        }).After(50).Times(100).Fail("RequestThrottled");

        await Parallel.ForAsync(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, cancel) =>
        {
            try
            {
                await client.SendMessageAsync(url, "x", cancel);
            }
            catch (RequestThrottledException)
            {
                Interlocked.Increment(ref refused);
            }
        });

        Assert.Equal(0, together);
        Assert.Equal((100, 100, 600), (fault.Strikes, refused, faults.CallsOf("SendMessage")));
    }

    [Fact]
    public void What_could_never_strike_is_refused_with_what_to_do()
    {
        using var sqs = new LocalSqs();
        using var faults = new SqsFaults(sqs);

        Refused("name it as the API does", () => faults.On("RecieveMessage"));
        Refused("case counts", () => faults.On("receiveMessage"));
        Refused("name it as the API does", () => faults.CallsOf("ReceiveMessageAsync"));
        Refused("action", () => faults.On(" "));
        Refused("give its name and not its URL", () => faults.On("ReceiveMessage", "http://localhost:9324/000000000000/orders"));
        Refused("leave it out for all queues", () => faults.OnAny("  "));
        Refused("These are: RequestThrottled, ", () => faults.OnAny().Fail("Throttled"));
        Refused("These are: RequestThrottled, ", () => faults.OnAny().FailEntries(static _ => true, "Oops"));
        Refused("calls", () => faults.OnAny().After(-1));
        Refused("calls", () => faults.OnAny().Times(0));
        Refused("by", () => faults.OnAny().DelayRequest(TimeSpan.FromSeconds(-1)));
        Refused("by", () => faults.OnAny().DelayAnswer(TimeSpan.FromDays(50)));
        Assert.Contains("On(\"SendMessageBatch\")", Assert.Throws<InvalidOperationException>(() => faults.On("SendMessage").FailEntries(static _ => true)).Message, StringComparison.Ordinal);
    }

    private static void Refused(string says, Func<object> rule) =>
        Assert.Contains(says, Assert.ThrowsAny<ArgumentException>(rule).Message, StringComparison.Ordinal);

    /// <summary>A point for each that worked, an x for each that did not.</summary>
    private static async Task<string> SendsAsync(FaultBench bench, string url, int count)
    {
        string outcome = "";
        for (int i = 0; i < count; i++)
            outcome += await CodeAsync(bench, url) == "" ? '.' : 'x';
        return outcome;
    }

    private static async Task<string> CodeAsync(FaultBench bench, string url)
    {
        try
        {
            await bench.Client.SendMessageAsync(url, "x");
            return "";
        }
        catch (AmazonSQSException e)
        {
            return e.ErrorCode;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }
}
