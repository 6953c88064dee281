using System.Net;
using CsCheck;
using Zanshin.Diagnosis.Processes;

namespace Zanshin.Diagnosis.Tests.Processes;

public class ParsingTests
{
    [Theory]
    [InlineData("ruby")]
    [InlineData("a b) c")]
    [InlineData(")(")]
    [InlineData("leak.rb:7")]
    public void A_threads_name_may_have_spaces_and_parentheses(string name)
    {
        ThreadStat stat = ThreadStat.Parse($"4711 ({name}) R 1 4711 4711 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 12 0 98765 1000000 500 18446744073709551615 0\n")!.Value;
        Assert.Equal((name, 'R', 300L, 98_765L, 12), (stat.Name, stat.State, stat.Ticks, stat.Started, stat.Threads));
    }

    [Fact]
    public void Any_text_is_read_or_refused_and_never_thrown_at() => Gen.String.Sample(static text =>
    {
        _ = ThreadStat.Parse(text);
        _ = ThreadStat.Parse($"1 ({text}) {text} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22");
        _ = ThreadCall.Parse(text);
        _ = ThreadCall.Parse($"202 {text} 0x1 0x2 0x3 0x4 0x5 0x6");
        _ = Sockets.Address(text);
    });

    [Fact]
    public void A_system_call_has_its_number_and_arguments()
    {
        ThreadCall call = ThreadCall.Parse("202 0x7f55d0a3c0 0x189 0x0 0x0 0x0 0xffffffff 0x7f55d 0x7f55e\n")!;
        Assert.Equal(202, call.Number);
        Assert.Equal([0x7f55d0a3c0, 0x189, 0, 0, 0, 0xffffffff], call.Arguments);
        Assert.Null(ThreadCall.Parse("running\n")!.Number);
        Assert.Equal(-1, ThreadCall.Parse("-1 0x7ffc 0x7f55\n")!.Number);
        Assert.Null(ThreadCall.Parse("202 0x1"));
    }

    [Theory]
    [InlineData(0, "read", "io_setup")]
    [InlineData(7, "poll", "fsetxattr")]
    [InlineData(22, "pipe", "epoll_pwait")]
    [InlineData(23, "select", "dup")]
    [InlineData(73, "flock", "ppoll")]
    [InlineData(98, "getrusage", "futex")]
    [InlineData(202, "futex", "accept")]
    [InlineData(207, "io_destroy", "recvfrom")]
    [InlineData(208, "io_getevents", "setsockopt")]
    [InlineData(271, "ppoll", "process_vm_writev")]
    [InlineData(281, "epoll_pwait", "execveat")]
    [InlineData(441, "epoll_pwait2", "epoll_pwait2")]
    [InlineData(350, "syscall 350", "syscall 350")]
    public void System_calls_have_their_names(int number, string x64, string arm64) =>
        Assert.Equal((x64, arm64), (Syscalls.X64.Name(number), Syscalls.Arm64.Name(number)));

    [Fact]
    public void A_sockets_addresses_are_read_in_the_machines_order()
    {
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:9324"), Sockets.Address("0100007F:246C"));
        Assert.Equal(IPEndPoint.Parse("[::1]:443"), Sockets.Address("00000000000000000000000001000000:01BB"));
        Assert.Equal(IPEndPoint.Parse("10.1.2.3:80"), Sockets.Address("0000000000000000FFFF00000302010A:0050"));
    }
}
