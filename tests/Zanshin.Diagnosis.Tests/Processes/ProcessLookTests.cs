using System.Buffers.Binary;
using Zanshin.Diagnosis.Processes;

namespace Zanshin.Diagnosis.Tests.Processes;

public class ProcessLookTests
{
    [Theory]
    [InlineData("202 0x1000 0x80 0x0 0x0 0x0 0x0 0x1 0x2", "futex", "for ever", true)]
    [InlineData("202 0x1000 0x189 0x0 0x0 0x0 0xffffffff 0x1 0x2", "futex", "for ever", true)]
    [InlineData("202 0x1000 0x189 0x0 0x7fff0 0x0 0xffffffff 0x1 0x2", "futex", "with a time-out", false)]
    [InlineData("0 0x6 0x1000 0x10 0x0 0x0 0x0 0x1 0x2", "read", "fd 6 tcp to 127.0.0.1:9324", false)]
    [InlineData("0 0x7 0x1000 0x10 0x0 0x0 0x0 0x1 0x2", "read", "fd 7 pipe", false)]
    [InlineData("288 0x8 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "accept4", "fd 8 tcp listening on 127.0.0.1:80", false)]
    [InlineData("232 0x9 0x1000 0x10 0xffffffff 0x0 0x0 0x1 0x2", "epoll_wait", "fd 9 eventpoll", false)]
    [InlineData("232 0x9 0x1000 0x10 0x5dc 0x0 0x0 0x1 0x2", "epoll_wait", "fd 9 eventpoll, at most 1.5 s", false)]
    [InlineData("7 0x20 0x2 0xffffffff 0x0 0x0 0x0 0x1 0x2", "poll", "fd 6 tcp to 127.0.0.1:9324, fd 7 pipe", false)]
    [InlineData("271 0x20 0x1 0x10 0x0 0x0 0x0 0x1 0x2", "ppoll", "fd 6 tcp to 127.0.0.1:9324, at most 2.5 s", false)]
    [InlineData("23 0x8 0x40 0x0 0x0 0x0 0x0 0x1 0x2", "select", "fd 6 tcp to 127.0.0.1:9324, fd 7 pipe", false)]
    [InlineData("23 0x0 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "select", "nothing, for ever", true)]
    [InlineData("35 0x10 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "nanosleep", "sleeping 2.5 s", false)]
    [InlineData("35 0xfffffffff 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "nanosleep", "sleeping", false)]
    [InlineData("running", "running", "", false)]
    [InlineData("-1 0x7ffc 0x7f55", "blocked", "", false)]
    public void A_wait_is_decoded(string syscall, string call, string on, bool forever)
    {
        using var proc = new CannedProc();
        proc.Thread(101, "t", 1, syscall);
        proc.Descriptor(6, "socket:[111]");
        proc.Descriptor(7, "pipe:[222]");
        proc.Descriptor(8, "socket:[333]");
        proc.Descriptor(9, "anon_inode:[eventpoll]");
        proc.Write("net/tcp", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
            + "   0: 0100007F:A001 0100007F:246C 01 00000000:00000000 00:00000000 00000000  1000        0 111 1\n"
            + "   1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 333 1\n");
        byte[] memory = new byte[256];
        BinaryPrimitives.WriteInt64LittleEndian(memory.AsSpan(0x10), 2);
        BinaryPrimitives.WriteInt64LittleEndian(memory.AsSpan(0x18), 500_000_000);
        BinaryPrimitives.WriteInt32LittleEndian(memory.AsSpan(0x20), 6);
        BinaryPrimitives.WriteInt32LittleEndian(memory.AsSpan(0x28), 7);
        memory[0x40] = 0b1100_0000;
        proc.Memory(memory);

        ProcessLook look = ProcessLook.Take(CannedProc.Process, proc.Root, Syscalls.X64)!;
        Assert.Equal(new Wait(call, on, forever), Assert.Single(look.Threads).Wait);
    }

    [Fact]
    public void A_process_that_is_gone_is_none() => Assert.Null(ProcessLook.Take(1 << 30));

    [Fact]
    public void This_process_is_seen()
    {
        ProcessLook look = ProcessLook.Take(Environment.ProcessId)!;
        Assert.Equal(LanguageRuntime.DotNet, look.Runtime);
        Assert.Contains(look.Threads, static t => t.Name.StartsWith(".NET", StringComparison.Ordinal));
        Assert.InRange(look.ResidentBytes!.Value, 10L << 20, 100L << 30);
        Assert.InRange(look.Descriptors!.Value, 3, 100_000);
        Assert.Empty(look.Denied);
    }

    [Fact]
    public void Memory_and_ages_come_from_the_kernels_files()
    {
        using var proc = new CannedProc(upTime: 1000);
        proc.Thread(101, "t", 990, "running");
        ProcessLook look = ProcessLook.Take(CannedProc.Process, proc.Root)!;
        Assert.Equal((2048L * 1024, "worker --fast", 10.0), (look.ResidentBytes, look.CommandLine, Assert.Single(look.Threads).Age.TotalSeconds));
    }
}
