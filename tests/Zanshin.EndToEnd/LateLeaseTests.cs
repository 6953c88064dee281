using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.EndToEnd.Work;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.EndToEnd;

/// <summary>A message whose lease was over before the worker could read of it is another's: real signals and real sockets.</summary>
public sealed class LateLeaseTests(WorkServer server) : IClassFixture<WorkServer>
{
    [Fact]
    public async Task A_worker_that_was_stopped_by_a_signal_in_its_long_poll_does_not_run_what_is_anothers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no such signals.");
        await using WorkRig rig = await WorkRig.CreateAsync(server, visibility: 4);
        Child tool = rig.Work("--exec", "sh", "-c", "cat >> $0", rig.File("runs"));
        await rig.SendAsync("first\n");
        await rig.EmptyAsync(tool);

        // It has a poll open again, and stands still when the message is handed to that.
        await Poll.UntilAsync("the message is handed to the process that stands still", async () =>
        {
            await tool.SignalAsync("STOP");
            if (await rig.DepthAsync() == (0, 0))
                await rig.SendAsync("second\n");
            if (await rig.DepthAsync() is (0, 1))
                return true;
            await tool.SignalAsync("CONT");
            return false;
        }, tool.Describe);
        using AmazonSQSClient other = Client();
        SqsMessage? second = null;
        await Poll.UntilAsync("another consumer is given it", async () =>
            (second = (await other.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = rig.Url, VisibilityTimeout = 60, WaitTimeSeconds = 5 })).Messages?.FirstOrDefault()) is not null);
        await tool.SignalAsync("CONT");
        await Poll.UntilAsync("the worker says that its answer came too late", () => (tool.Out + tool.Err).Contains("before their answer was read", StringComparison.Ordinal), tool.Describe);
        await rig.SendAsync("third\n");
        await Poll.UntilAsync("it works on", async () => (await File.ReadAllTextAsync(rig.File("runs"))).Contains("third", StringComparison.Ordinal), tool.Describe);

        Assert.DoesNotContain("second", await File.ReadAllTextAsync(rig.File("runs")), StringComparison.Ordinal);
        await other.DeleteMessageAsync(rig.Url, second!.ReceiptHandle);
    }

    [Fact]
    public async Task An_answer_that_was_eight_seconds_on_the_line_is_no_fresh_lease()
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server, visibility: 4);
        await using var relay = new Relay(server.Endpoint);
        await using var worker = new TestWorker(relay.Endpoint, rig.Queue, concurrency: 1, work: TimeSpan.FromMilliseconds(10));
        await rig.SendAsync("first");
        await worker.StartAsync();
        await Poll.UntilAsync("the worker works", () => worker.Bodies.Contains("first"), worker.Describe);
        // Several answers tell the server's time closely, also where the machine is so busy that one of them does not.
        for (int i = 0; i < 5; i++)
        {
            await rig.SendAsync($"more {i}");
            await Poll.UntilAsync("the worker works on", () => worker.Bodies.Contains($"more {i}"), worker.Describe);
        }

        relay.Late = TimeSpan.FromSeconds(8);
        await rig.SendAsync("second");
        await Poll.UntilAsync("it is handed to the worker", async () => await rig.DepthAsync() is (0, 1), worker.Describe);
        using AmazonSQSClient other = Client();
        SqsMessage? second = null;
        await Poll.UntilAsync("another consumer is given it", async () =>
            (second = (await other.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = rig.Url, VisibilityTimeout = 60, WaitTimeSeconds = 5 })).Messages?.FirstOrDefault()) is not null);
        relay.Late = TimeSpan.Zero;
        await Poll.UntilAsync("the worker says that it lost the lease", () => worker.Status.Queues[0].LeasesLost == 1, worker.Describe);
        await rig.SendAsync("third");
        await Poll.UntilAsync("it works on", () => worker.Bodies.Contains("third"), worker.Describe);

        Assert.DoesNotContain("second", worker.Bodies);
        await other.DeleteMessageAsync(rig.Url, second!.ReceiptHandle);
        await worker.StopAsync();
    }

    private AmazonSQSClient Client() =>
        new(new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = server.Endpoint, AuthenticationRegion = "us-east-1" });
}
