using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Tests.Sqs;

using Outgoing = Zanshin.Cli.Sqs.Outgoing;

public class ChunksTests
{
    [Fact]
    public void Ten_go_into_a_call()
    {
        Outgoing[] all = [.. Enumerable.Range(0, 25).Select(static i => new Outgoing { Body = $"{i}" })];
        List<Outgoing>[] chunks = [.. Chunks.Of(all, fifo: false)];
        Assert.Equal([10, 10, 5], chunks.Select(static c => c.Count));
        Assert.Equal(all, chunks.SelectMany(static c => c));
    }

    [Fact]
    public void Together_they_have_at_most_1_MiB_attributes_included()
    {
        // Two would fit by their bodies alone.
        Outgoing[] all = [.. Enumerable.Range(0, 4).Select(static _ => new Outgoing
        {
            Body = new string('x', Outgoing.MaxBytes / 2),
            Attributes = new() { ["n"] = new() { DataType = "String", StringValue = "v" } },
        })];
        Assert.Equal([1, 1, 1, 1], Chunks.Of(all, fifo: false).Select(static c => c.Count));
    }

    [Fact]
    public void Exactly_1_MiB_fits()
    {
        Outgoing[] all = [.. Enumerable.Range(0, 4).Select(static _ => new Outgoing { Body = new string('\u00e9', Outgoing.MaxBytes / 4) })];
        Assert.Equal([2, 2], Chunks.Of(all, fifo: false).Select(static c => c.Count));
    }

    [Fact]
    public void No_two_of_a_FIFO_group_are_in_one_call_and_their_order_is_kept()
    {
        Outgoing[] all = [.. "abacab".Select(static (c, i) => new Outgoing { Body = $"{c}{i}", Group = $"{c}" })];
        List<Outgoing>[] chunks = [.. Chunks.Of(all, fifo: true)];
        Assert.All(chunks, static c => Assert.Equal(c.Count, c.DistinctBy(static m => m.Group).Count()));
        Assert.Equal(["a0", "a2", "a4"], chunks.SelectMany(static c => c).Where(static m => m.Group == "a").Select(static m => m.Body));
        Assert.Equal(all.Length, chunks.Sum(static c => c.Count));
    }
}
