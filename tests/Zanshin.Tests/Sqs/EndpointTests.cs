using Zanshin.Sqs;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Sqs;

public class EndpointTests
{
    [Fact]
    public void The_first_answer_wakes_who_had_none_since_two_failures_and_nobody_twice()
    {
        var endpoint = new Endpoint();
        List<string> woken = [];
        endpoint.Troubled("a", endpoint.Answers, () => woken.Add("a"));
        endpoint.Troubled("b", endpoint.Answers, () => woken.Add("b"));
        endpoint.Over("b");
        endpoint.Answered();
        endpoint.Answered();
        Assert.Equal(["a"], woken);
        // Others were answered in between: that is no outage of the endpoint.
        long before = endpoint.Answers;
        endpoint.Answered();
        endpoint.Troubled("a", before, () => woken.Add("again"));
        endpoint.Answered();
        Assert.Equal(["a"], woken);
    }

    /// <summary>After an outage of minutes each queue waited for the end of its own pause, up to 29 s, although the endpoint answered others.</summary>
    [Fact]
    public void After_an_outage_all_queues_of_an_endpoint_wake_with_the_first_answer() => Bench.Run(async bench =>
    {
        string[] names = [.. Enumerable.Range(0, 20).Select(static i => $"queue-{i}")];
        foreach (string name in names)
            await bench.QueueAsync(name);
        await bench.StartAsync(z => Array.ForEach(names, name => z.Queue(name, static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask))));
        await bench.Pass(5);
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        await bench.Pass(180);
        Assert.All(bench.Worker.GetStatus().Queues, static q => Assert.Equal(QueueHealth.Unhealthy, q.Health));
        Dictionary<string, double> called = [];
        bench.Faults.Rule = static (_, _) => Fate.Works;
        bench.Faults.Watch = (action, call) => called.TryAdd($"{call["QueueUrl"]}", bench.Now());
        await bench.Pass(25);
        Assert.Equal(names.Length, called.Count);
        // The first one's receive is answered after a second, and the others come with it.
        Assert.InRange(called.Values.Max() - called.Values.Min(), 0, 1.1);
        Assert.All(bench.Worker.GetStatus().Queues, static q => Assert.Equal(QueueHealth.Healthy, q.Health));
    });

    [Fact]
    public void A_queue_whose_trouble_is_its_own_keeps_its_pauses_beside_others_that_work() => Bench.Run(async bench =>
    {
        string good = await bench.QueueAsync("good");
        await bench.QueueAsync("bad");
        await bench.StartAsync(static z =>
        {
            foreach (string name in new[] { "good", "bad" })
                z.Queue(name, static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
        });
        await bench.Pass(5);
        int asked = 0;
        bench.Faults.RuleOf = (action, queue, _) => queue == "bad" && asked++ >= 0 ? Fate.ServerError : Fate.Works;
        for (int i = 0; i < 600; i++)
        {
            await bench.SendAsync(good, "x");
            await bench.Pass(0.5);
        }
        // Doubling from 0.2 s to 20 s: about two dozen in five minutes.
        Assert.InRange(asked, 15, 45);
    });
}
