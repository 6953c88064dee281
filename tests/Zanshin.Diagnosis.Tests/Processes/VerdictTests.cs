using Zanshin.Diagnosis.Processes;

namespace Zanshin.Diagnosis.Tests.Processes;

public class VerdictTests
{
    private const string Forever = "202 0x1000 0x80 0x0 0x0 0x0 0x0 0x1 0x2";
    private const string Limited = "202 0x1000 0x80 0x0 0x7fff0 0x0 0x0 0x1 0x2";

    [Fact]
    public void Threads_of_one_name_that_wait_for_ever_and_were_begun_one_after_another_look_leaked()
    {
        Verdict verdict = On(Enumerable.Range(0, 100).Select(static i => ("extender", 10 + i * 9.0, Forever)));
        Assert.Equal(100, verdict.Group!.Count);
        Assert.StartsWith("100 threads named 'extender', all waiting for ever, ages evenly spread (one begun every 9 s)", verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pool_that_was_begun_at_once_does_not() =>
        Assert.Null(On(Enumerable.Range(0, 100).Select(static i => ("worker", 10 + i * 0.001, Forever))).Group);

    [Fact]
    public void A_pool_that_has_grown_in_bursts_does_not() =>
        Assert.Null(On(Enumerable.Range(0, 100).Select(static i => ("worker", i < 50 ? 10 + i * 0.01 : 900 + i * 0.01, Forever))).Group);

    [Fact]
    public void Threads_whose_wait_ends_by_itself_do_not() =>
        Assert.Null(On(Enumerable.Range(0, 100).Select(static i => ("worker", 10 + i * 9.0, Limited))).Group);

    [Fact]
    public void A_handful_does_not() => Assert.Null(On(Enumerable.Range(0, 9).Select(static i => ("worker", 10 + i * 100.0, Forever))).Group);

    [Fact]
    public void Numbers_that_pools_give_do_not_hide_the_group_and_rubys_lines_stay()
    {
        Assert.Equal("Thread-*", On(Enumerable.Range(0, 50).Select(static i => ($"Thread-{i}", 10 + i * 9.0, Forever))).Group!.Name);
        Assert.Equal("leak.rb:7", On(Enumerable.Range(0, 50).Select(static i => ("leak.rb:7", 10 + i * 9.0, Forever))).Group!.Name);
    }

    [Fact]
    public void Names_apart_are_groups_apart() =>
        Assert.Null(On(Enumerable.Range(0, 100).Select(static i => ($"job{(char)('a' + i % 20)}", 10 + i * 9.0, Forever))).Group);

    private static Verdict On(IEnumerable<(string Name, double BegunAt, string Syscall)> threads)
    {
        using var proc = new CannedProc(upTime: 1000);
        proc.Thread(CannedProc.Process, "worker", 0, Limited);
        int id = CannedProc.Process;
        foreach ((string name, double begunAt, string syscall) in threads)
            proc.Thread(++id, name, begunAt, syscall);
        return Verdict.On(ProcessLook.Take(CannedProc.Process, proc.Root, Syscalls.X64)!);
    }
}
