using System.Buffers.Binary;
using System.Globalization;

namespace Zanshin.Diagnosis.Processes;

/// <summary>
/// What the threads of one process wait for, from their system calls' arguments: where a wait has no time-out nothing but
/// another thread's doing ends it.
/// </summary>
internal sealed class Waits(ProcFiles files, Syscalls syscalls)
{
    private const int MostDescriptors = 8;
    private const int WordBits = 64;

    private readonly Sockets _sockets = new(files);
    private readonly Dictionary<long, string> _descriptors = [];

    public Wait Of(ThreadCall? call)
    {
        if (call is null)
            return Wait.Unknown;
        if (call.Number is not { } number)
            return new("running", "", Forever: false);
        if (number < 0)
            return new("blocked", "", Forever: false);
        string name = syscalls.Name(number);
        ulong[] a = call.Arguments;
        return name switch
        {
            "futex" => Futex(a),
            "futex_waitv" => new(name, a[3] == 0 ? "for ever" : "with a time-out", a[3] == 0),
            "read" or "readv" or "pread64" or "recvfrom" or "recvmsg" or "recvmmsg" or "accept" or "accept4" or "write" or "writev" or "sendto" or "sendmsg" or "connect" or "flock" or "fsync"
                => new(name, Descriptor((long)a[0]), Forever: false),
            "poll" => Poll(name, a, Milliseconds(a[2])),
            "ppoll" => Poll(name, a, Span(a[2])),
            "select" => Select(name, a, Span(a[4], perSecond: 1_000_000)),
            "pselect6" => Select(name, a, Span(a[4])),
            "epoll_wait" or "epoll_pwait" => new(name, $"{Descriptor((long)a[0])}{Milliseconds(a[3])}", Forever: false),
            "epoll_pwait2" => new(name, $"{Descriptor((long)a[0])}{Span(a[3])}", Forever: false),
            "nanosleep" => new(name, Sleep(a[0]), Forever: false),
            "clock_nanosleep" => new(name, (a[1] & 1) == 0 ? Sleep(a[2]) : "until a moment", Forever: false),
            "wait4" or "waitid" => new(name, "for a child process", Forever: false),
            "rt_sigtimedwait" => new(name, "for a signal", Forever: false),
            _ => new(name, "", Forever: false),
        };
    }

    private static Wait Futex(ulong[] a)
    {
        // Operations without the flags for private and real-time clock: 0 WAIT, 9 WAIT_BITSET, 6 LOCK_PI, 11 WAIT_REQUEUE_PI, 13 LOCK_PI2.
        const ulong flags = 128 | 256;
        return (a[1] & ~flags) switch
        {
            0 or 9 or 6 or 11 or 13 => a[3] == 0 ? new("futex", "for ever", Forever: true) : new("futex", "with a time-out", Forever: false),
            _ => new("futex", "", Forever: false),
        };
    }

    private Wait Poll(string name, ulong[] a, string limit)
    {
        // struct pollfd: the descriptor, what is asked, what came; 8 bytes.
        int count = (int)Math.Min(a[1], MostDescriptors);
        if (count == 0)
            return new(name, limit.Length == 0 ? "nothing, for ever" : $"nothing{limit}", Forever: limit.Length == 0);
        if (files.Memory(a[0], count * 8) is not { } bytes)
            return new(name, $"{a[1]} descriptors{limit}", Forever: false);
        IEnumerable<string> all = Enumerable.Range(0, count).Select(i => Descriptor(BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * 8))));
        return new(name, $"{Some(all, (int)Math.Min(a[1], int.MaxValue))}{limit}", Forever: false);
    }

    private Wait Select(string name, ulong[] a, string limit)
    {
        int descriptors = (int)Math.Min(a[0], 1024);
        int words = (descriptors + WordBits - 1) / WordBits;
        HashSet<int> set = [];
        bool known = true;
        for (int i = 1; i <= 3; i++)
        {
            if (a[i] == 0 || words == 0)
                continue;
            if (files.Memory(a[i], words * 8) is not { } bytes)
            {
                known = false;
                continue;
            }
            for (int fd = 0; fd < descriptors; fd++)
            {
                if ((bytes[fd / 8] >> (fd % 8) & 1) != 0)
                    set.Add(fd);
            }
        }
        if (!known)
            return new(name, $"up to {descriptors} descriptors{limit}", Forever: false);
        if (set.Count == 0)
            return limit.Length == 0 ? new(name, "nothing, for ever", Forever: true) : new(name, $"sleeping{limit}", Forever: false);
        return new(name, $"{Some(set.Order().Select(static fd => (long)fd).Select(Descriptor), set.Count)}{limit}", Forever: false);
    }

    private static string Some(IEnumerable<string> all, int count)
    {
        string[] shown = [.. all.Take(MostDescriptors)];
        return $"{string.Join(", ", shown)}{(count > shown.Length ? $" and {count - shown.Length} more" : "")}";
    }

    private string Descriptor(long fd)
    {
        if (_descriptors.TryGetValue(fd, out string? known))
            return known;
        string number = string.Create(CultureInfo.InvariantCulture, $"fd {fd}");
        string? link = files.Link(string.Create(CultureInfo.InvariantCulture, $"fd/{fd}"), "fd");
        string text = link is null ? number
            : link.StartsWith("socket:[", StringComparison.Ordinal) ? $"{number} {_sockets.Describe(link[8..^1]) ?? "socket"}"
            : link.StartsWith("pipe:[", StringComparison.Ordinal) ? $"{number} pipe"
            : link.StartsWith("anon_inode:", StringComparison.Ordinal) ? $"{number} {link[11..].Trim('[', ']')}"
            : $"{number} {link}";
        return _descriptors[fd] = text;
    }

    private static string Milliseconds(ulong argument) => (int)argument < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", at most {(int)argument / 1000.0:0.###} s");

    // A timespec or timeval: seconds and parts of them, 8 bytes each.
    private string Span(ulong address, long perSecond = 1_000_000_000) => address == 0 ? "" : Seconds(address, perSecond) is { } seconds
        ? string.Create(CultureInfo.InvariantCulture, $", at most {seconds:0.###} s") : ", with a time-out";

    private string Sleep(ulong address) => Seconds(address, 1_000_000_000) is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"sleeping {seconds:0.###} s") : "sleeping";

    private double? Seconds(ulong address, long perSecond) => files.Memory(address, 16) is { } bytes
        ? BinaryPrimitives.ReadInt64LittleEndian(bytes) + BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)) / (double)perSecond : null;
}
