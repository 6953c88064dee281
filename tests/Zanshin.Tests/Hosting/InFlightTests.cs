using Zanshin.Hosting;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

public class InFlightTests
{
    [Fact]
    public void Every_message_that_is_here_is_told_with_where_it_stands() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("mail.fifo", ("VisibilityTimeout", "60"));
        for (int i = 0; i < 4; i++)
            await bench.SendAsync(url, $"{i}", group: "customer-7", type: "mail");
        bench.Setup(static _ => { });
        Assert.Empty(bench.Worker.GetInFlight());
        await bench.StartAsync(z => z.Queue("mail.fifo", q => q.Handle("mail", Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMinutes(5), bench.Time, cancel))));
        await bench.Until(() => bench.Status is { Running: 1, Waiting: 3 });
        await bench.Pass(10);

        IReadOnlyList<MessageStatus> here = bench.Worker.GetInFlight();
        Assert.Equal(4, here.Count);
        MessageStatus running = Assert.Single(here, static m => m.State == MessageState.Running);
        Assert.Equal(("mail.fifo", "customer-7", "mail", 1), (running.Queue, running.Group, running.Type, running.Attempt));
        Assert.Contains("function for String", running.Where, StringComparison.Ordinal);
        Assert.InRange(running.RunningFor!.Value.TotalSeconds, 9.9, 10.2);
        Assert.InRange(running.Age.TotalSeconds, 9.9, 10.2);
        Assert.InRange(running.LeaseLeft.TotalSeconds, 49, 50.1);
        Assert.All(here.Where(m => m != running), static m => Assert.Equal((MessageState.Waiting, null, null), (m.State, m.RunningFor, m.Where)));

        string text = StatusText.Of(bench.Worker);
        Assert.Contains("Working: 1 of 10 slots used, 0 lost; 1 running, 3 waiting, 0 settling", text, StringComparison.Ordinal);
        Assert.Contains("queue mail.fifo: 1 of 10 slots used, 0 lost; 1 open receives, the last answered", text, StringComparison.Ordinal);
        Assert.Contains($"message {running.MessageId} of mail.fifo, attempt 1, group customer-7, type mail: Running for 10.0 s in ", text, StringComparison.Ordinal);
        Assert.Contains("of its lease left", text, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
            Assert.Matches("[0-9]+ threads: [0-9]+ ", text);

        await bench.StopAsync();
        Assert.Empty(bench.Worker.GetInFlight());
    });
}
