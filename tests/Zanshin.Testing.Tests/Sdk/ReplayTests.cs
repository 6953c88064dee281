using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Zanshin.Testing.Tests.Sdk;

/// <summary>The whole premise: many loops over the real SDK client, with cancels and failures, run the same way each time.</summary>
public sealed class ReplayTests
{
    private const int Loops = 20;
    private const int Calls = 25;
    private const string Url = "http://localhost:1/000000000000/work";

    [Fact]
    public void Two_runs_over_the_real_client_are_equal_byte_for_byte()
    {
        var first = Simulate(seed: 7);
        var second = Simulate(seed: 7);

        Assert.Equal(first, second);
        Assert.NotEqual(first, Simulate(seed: 8));
        foreach (var kind in (string[])["received", "deleted", "cancelled", "answered 500", "broken"])
            Assert.Contains(kind, first, StringComparison.Ordinal);
        Assert.Equal(Loops * Calls, first.Count(c => c == '\n'));
    }

    [Fact]
    public void Many_runs_are_equal()
    {
        // Set to 200 and more for a stress run by hand.
        var runs = int.Parse(Environment.GetEnvironmentVariable("ZANSHIN_REPLAYS") ?? "5", CultureInfo.InvariantCulture);
        var first = Simulate(seed: 1);
        for (var i = 1; i < runs; i++)
            Assert.Equal(first, Simulate(seed: 1));
    }

    [Fact]
    public void The_clients_own_retry_waits_in_real_time_and_is_seen()
    {
        var time = new VirtualTime();
        using var transport = new VirtualTransport(time, (_, _) => new Answer(TimeSpan.FromSeconds(1), 500, "{}"));
        using var client = VirtualClient.Over(transport, retries: 1);

        var failure = Assert.Throws<VirtualTimeException>(() => time.Run(() => client.DeleteMessageAsync(Url, "r")));

        Assert.Equal(VirtualTimeFault.LeftVirtualTime, failure.Fault);
    }

    private static string Simulate(int seed)
    {
        var time = new VirtualTime();
        var random = new Random(seed);
        var log = new StringWriter(CultureInfo.InvariantCulture);
        using var transport = new VirtualTransport(time, (action, _) => Plan(random, action));
        using var client = VirtualClient.Over(transport);

        time.Run(() => Task.WhenAll(Enumerable.Range(0, Loops).Select(loop => LoopAsync(loop, client, time, random, log))));

        Assert.Equal(0, time.LiveTimers);
        Assert.All(transport.Threads, thread => Assert.Equal(Environment.CurrentManagedThreadId, thread));
        return log.ToString();
    }

    private static async Task LoopAsync(int loop, AmazonSQSClient client, VirtualTime time, Random random, StringWriter log)
    {
        var thread = Environment.CurrentManagedThreadId;
        for (var call = 0; call < Calls; call++)
        {
            var what = await CallAsync(call, client, time, random);
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            Assert.Same(time.Context, SynchronizationContext.Current);
            log.Write($"{time.GetTimestamp()} {loop} {what}\n");
        }
    }

    private static async Task<string> CallAsync(int call, AmazonSQSClient client, VirtualTime time, Random random)
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(300, 1500)), time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel.Token);
        try
        {
            if (call % 2 == 0)
            {
                var received = await client.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = Url, WaitTimeSeconds = 20 }, linked.Token);
                return $"received {received.Messages.Single().Body}";
            }
            await client.DeleteMessageAsync(Url, "receipt", linked.Token);
            return "deleted";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
        catch (AmazonSQSException e)
        {
            return $"answered {(int)e.StatusCode}";
        }
        catch (HttpRequestException)
        {
            return "broken";
        }
    }

    // Few different delays, so that many answers and cancels fall due at the same instant.
    private static Answer Plan(Random random, string action)
    {
        var after = TimeSpan.FromMilliseconds(random.Next(0, 20) * 50);
        return random.Next(10) switch
        {
            0 => new Answer(after, 500, "{\"__type\":\"com.amazonaws.sqs#InternalError\",\"message\":\"no\"}"),
            1 => new Answer(after, 0, "connection lost"),
            _ when action == "ReceiveMessage" => new Answer(after, 200, Message(random.Next().ToString(CultureInfo.InvariantCulture))),
            _ => new Answer(after, 200, "{}"),
        };
    }

    private static string Message(string body)
    {
#pragma warning disable CA5351 // SQS's checksum, which the client verifies
        var md5 = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(body)));
#pragma warning restore CA5351
        return $$"""{"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":"{{body}}","MD5OfBody":"{{md5}}"}]}""";
    }
}
