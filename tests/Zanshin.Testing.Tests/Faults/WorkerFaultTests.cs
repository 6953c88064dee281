using System.Globalization;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Testing.Tests.Faults;

/// <summary>A worker on virtual time, with faults under its client: it keeps its promises, and each fault has happened.</summary>
public class WorkerFaultTests
{
    private const int Messages = 20;

    [Fact]
    public void A_delete_whose_answer_is_lost_runs_no_message_again() => Worked(static faults =>
    {
        SqsFault fault = faults.On("DeleteMessageBatch", queue: "orders").Times(3).LoseAnswer();
        return () => Assert.Equal(3, fault.Strikes);
    });

    [Fact]
    public void A_delete_that_hangs_runs_no_message_again() => Worked(static faults =>
    {
        SqsFault fault = faults.On("DeleteMessageBatch").Times(2).Hang();
        return () => Assert.Equal(2, fault.Strikes);
    });

    [Fact]
    public void Entries_whose_delete_fails_are_deleted_later() => Worked(static faults =>
    {
        SqsFault fault = faults.On("DeleteMessageBatch").Times(4).FailEntries(static e => e.Index % 2 == 0);
        return () =>
        {
            Assert.Equal(4, fault.Strikes);
            Assert.InRange(faults.CallsOf("DeleteMessageBatch"), 5, 20);
        };
    });

    [Fact]
    public void Receives_that_are_throttled_or_whose_requests_are_late_go_on() => Worked(static faults =>
    {
        SqsFault throttled = faults.On("ReceiveMessage").Times(3).Fail("RequestThrottled");
        SqsFault late = faults.On("ReceiveMessage").Times(2).DelayRequest(TimeSpan.FromSeconds(1));
        return () => Assert.Equal((3, 2), (throttled.Strikes, late.Strikes));
    });

    [Fact]
    public void A_worker_with_faults_replays_exactly()
    {
        Assert.Equal(Log(Weather(7)), Log(Weather(7)));
        Assert.NotEqual(Log(Weather(7)), Log(Weather(8)));
    }

    private static Func<SqsFaults, Action> Weather(int seed) => faults =>
    {
        var dice = new Random(seed);
        SqsFault late = faults.On("DeleteMessageBatch").Times(1).DelayAnswer(TimeSpan.FromSeconds(2));
        SqsFault lost = faults.OnAny("orders").When(call => call.Action != "GetQueueAttributes" && dice.Next(4) == 0).Times(4).LoseAnswer();
        return () => Assert.Equal((1, 4), (late.Strikes, lost.Strikes));
    };

    private static void Worked(Func<SqsFaults, Action> rules) => Log(rules);

    /// <summary>Works the messages, each once, and gives what ran when.</summary>
    /// <param name="rules">Makes the rules; what it gives checks that they have struck.</param>
    private static string Log(Func<SqsFaults, Action> rules)
    {
        var log = new StringWriter(CultureInfo.InvariantCulture);
        FaultBench.Run(async bench =>
        {
            string url = await bench.QueueAsync();
            for (int i = 0; i < Messages; i++)
                await bench.Direct.SendMessageAsync(url, $"{i}");
            Dictionary<string, int> runs = [];
            Action check = rules(bench.Faults);

            await using ServiceProvider services = new ServiceCollection()
                .AddVirtualTime(bench.Time)
                .AddSingleton<IAmazonSQS>(bench.Client)
                .AddZanshin(z => z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
                {
                    log.WriteLine($"{bench.Seconds()} {message.Body}");
                    runs[message.Body] = runs.GetValueOrDefault(message.Body) + 1;
                    await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel);
                })))
                .BuildServiceProvider();
            var worker = services.GetRequiredService<ZanshinWorker>();
            await worker.StartAsync(default);
            await Task.Delay(TimeSpan.FromMinutes(5), bench.Time);
            await worker.StopAsync(default);

            check();
            Assert.Equal(Messages, runs.Count);
            Assert.Equal((0, 0), await bench.DepthAsync(url));
            Assert.All(runs, static run => Assert.Equal(1, run.Value));
        });
        return log.ToString();
    }
}
