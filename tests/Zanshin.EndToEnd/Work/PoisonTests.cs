namespace Zanshin.EndToEnd.Work;

/// <summary>A message that kills the worker's process each time it is run, and those that were received with it.</summary>
public sealed class PoisonTests(WorkServer server) : IClassFixture<WorkServer>
{
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_message_that_kills_the_process_goes_to_the_dead_letter_queue_alone(int maxReceives)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sh is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server, visibility: 3, maxReceives: maxReceives);
        for (int i = 0; i < 10; i++)
            await rig.SendAsync(i == 3 ? "poison" : $"innocent {i}");

        int kills = 0;
        for (; kills <= maxReceives; kills++)
        {
            Child tool = rig.Work("-c", "10", "--exec", "sh", "-c", """b=$(cat); if [ "$b" = poison ]; then touch $0/poison; sleep 30; else sleep 0.4; echo "$b" >> $0/done; fi""", rig.Directory.FullName);
            await Poll.UntilAsync("it is to be killed, or the queue is empty", async () => File.Exists(rig.File("poison")) || await rig.DepthAsync() == (0, 0), tool.Describe, seconds: 120);
            if (!File.Exists(rig.File("poison")))
                break;
            await tool.KillAsync();
            File.Delete(rig.File("poison"));
        }

        Assert.Equal(maxReceives, kills);
        Assert.Equal(["poison"], (await rig.DeadAsync()).Select(static d => d.Body));
        Assert.Equal(9, (await File.ReadAllLinesAsync(rig.File("done"))).Distinct().Count());
    }
}
