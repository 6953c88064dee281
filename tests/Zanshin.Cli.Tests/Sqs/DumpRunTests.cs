using System.Text.Json;
using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Tests.Sqs;

public class DumpRunTests
{
    private static readonly string[] s_many = [.. Enumerable.Range(0, 333).Select(static i => $"m{i}")];

    [Fact]
    public void All_are_in_the_file_and_visible_again() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        await bench.SendAsync(queue, s_many);

        DumpReport report = await DumpAsync(bench, queue);

        Assert.Equal((333, 0, 333), (report.Messages, report.Deleted, report.Returned));
        Assert.Empty(report.Problems);
        Assert.Equal(s_many.Order(), Bodies(bench).Order());
        Assert.Equal((333, 0), await bench.DepthAsync(queue));
    });

    [Fact]
    public void Each_is_in_the_file_before_it_is_deleted() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        await bench.SendAsync(queue, s_many);
        int deletes = 0, early = 0;
        using var look = bench.Faults.On("DeleteMessageBatch").When(_ =>
        {
            early += Bodies(bench).Length < Math.Min(++deletes * 10, s_many.Length) ? 1 : 0;
            return false;
        }).Hang();

        DumpReport report = await DumpAsync(bench, queue, delete: true);

        Assert.Equal((333, 333, 0), (report.Messages, report.Deleted, early));
        Assert.InRange(deletes, 34, 50);
        Assert.Equal((0, 0), await bench.DepthAsync(queue));
    });

    [Fact]
    public void What_could_not_be_deleted_is_said_and_visible() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        await bench.SendAsync(queue, s_many);
        using var fault = bench.Faults.On("DeleteMessageBatch").After(5).Fail("AccessDeniedException");

        DumpReport report = await DumpAsync(bench, queue, delete: true);

        Assert.Equal((333, 50), (report.Messages, report.Deleted));
        Assert.Contains(report.Problems, static p => p.StartsWith("283 messages could not be deleted", StringComparison.Ordinal));
        Assert.Equal((283, 0), await bench.DepthAsync(queue));
    });

    [Fact]
    public void What_the_disk_did_not_take_is_not_said_to_be_in_the_file() => SqsBench.Run(async bench =>
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is not there.");
        OpenQueue queue = await bench.QueueAsync("orders");
        await bench.SendAsync(queue, s_many[..30]);
        using DumpFile file = DumpFile.Of("full.jsonl", new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0));

        DumpReport report = await new DumpRun(queue, file, long.MaxValue, delete: true, CancellationToken.None).RunAsync();

        Assert.Equal((0, 0), (report.Messages, report.Deleted));
        Assert.Contains("full.jsonl cannot be written any more", Assert.Single(report.Problems), StringComparison.Ordinal);
        Assert.Equal((30, 0), await bench.DepthAsync(queue));
    });

    [Fact]
    public void Giving_back_ends_when_SQS_does_not_answer() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        await bench.SendAsync(queue, s_many);
        using var fault = bench.Faults.On("ChangeMessageVisibilityBatch").Fail("ServiceUnavailable");

        DumpReport report = await DumpAsync(bench, queue);

        Assert.Contains(report.Problems, static p => p.StartsWith("333 messages could not be made visible again", StringComparison.Ordinal));
        // One round of eight calls, and not all 34.
        Assert.Equal(8 * SqsCalls.Tries, bench.Faults.CallsOf("ChangeMessageVisibilityBatch"));
    });

    [Fact]
    public void A_receive_that_fails_for_good_gives_back_what_came_before() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        await bench.SendAsync(queue, s_many);
        using var fault = bench.Faults.On("ReceiveMessage").After(4).Fail("AccessDeniedException");

        DumpReport report = await DumpAsync(bench, queue);

        Assert.NotEmpty(report.Problems);
        Assert.Equal(40, Bodies(bench).Length);
        Assert.Equal((333, 0), await bench.DepthAsync(queue));
    });

    [Fact]
    public void A_few_empty_receives_do_not_end_it_while_the_queue_says_that_it_has_messages() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("mail.fifo");
        await bench.SendAsync(queue, s_many[..12], "g");
        // Another consumer's, for a while: the rest of the group waits behind them, and is counted as there.
        var taken = await bench.Direct.ReceiveMessageAsync(new Amazon.SQS.Model.ReceiveMessageRequest { QueueUrl = queue.Url, VisibilityTimeout = 4, MaxNumberOfMessages = 10 });
        Assert.Equal(10, taken.Messages.Count);

        DumpReport report = await DumpAsync(bench, queue, delete: true);

        Assert.Equal(12, report.Deleted);
        Assert.Equal(s_many[..12], Bodies(bench));
    });

    [Fact]
    public void A_FIFO_queue_shows_ten_of_a_group_and_that_is_said() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("mail.fifo");
        await bench.SendAsync(queue, s_many[..15], "g");

        DumpReport report = await DumpAsync(bench, queue);

        Assert.Equal(10, report.Messages);
        Assert.Contains(report.Problems, static p => p.Contains("Dump with --delete", StringComparison.Ordinal));
        DumpReport all = await DumpAsync(bench, queue, delete: true, name: "all.jsonl");
        Assert.Equal(s_many[..15], Bodies(bench, "all.jsonl"));
        Assert.Empty(all.Problems);
    });

    [Fact]
    public void An_empty_queue_leaves_no_file() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        DumpReport report = await DumpAsync(bench, queue);
        Assert.Equal(0, report.Messages);
        Assert.False(File.Exists(bench.File("dump.jsonl")));
    });

    [Fact]
    public async Task Nothing_is_overwritten()
    {
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "mine");
        Assert.Contains("is not overwritten", Assert.Throws<Refusal>(() => DumpFile.Create(path)).Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(path));
        File.Delete(path);
    }

    [Fact]
    public void What_is_held_stays_invisible_for_as_long_as_it_takes() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        await bench.SendAsync(queue, s_many[..25]);
        var held = new Held(queue, TimeSpan.FromSeconds(20));
        for (int i = 0; i < 3; i++)
            Assert.All(await queue.ReceiveAsync(10, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20)), m => Assert.True(held.Add(m)));

        for (int second = 0; second < 600; second++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), bench.Time);
            await held.KeepAsync();
            Assert.Equal((0, 25), await bench.DepthAsync(queue));
        }
        // 3 calls each time, and each time twice as long: 20, 40, 80 and so on.
        Assert.InRange(bench.Faults.CallsOf("ChangeMessageVisibilityBatch"), 3, 20);

        Assert.Equal(0, (await held.ReleaseAsync()).Count);
        Assert.Equal((25, 0), await bench.DepthAsync(queue));
    });

    [Fact]
    public void A_look_leaves_all_visible() => SqsBench.Run(async bench =>
    {
        OpenQueue queue = await bench.QueueAsync("orders");
        await bench.SendAsync(queue, s_many[..30]);
        List<string> problems = [];
        Assert.Equal(25, (await PeekCommand.SeeAsync(queue, 25, problems, CancellationToken.None)).Count);
        Assert.Equal((30, 0), await bench.DepthAsync(queue));
        Assert.Empty(problems);
    });

    private static async Task<DumpReport> DumpAsync(SqsBench bench, OpenQueue queue, bool delete = false, string name = "dump.jsonl")
    {
        using DumpFile file = DumpFile.Create(bench.File(name));
        return await new DumpRun(queue, file, long.MaxValue, delete, CancellationToken.None).RunAsync();
    }

    private static string[] Bodies(SqsBench bench, string name = "dump.jsonl")
    {
        using var reader = new StreamReader(new FileStream(bench.File(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement.GetProperty("body").GetString()!)];
    }
}
