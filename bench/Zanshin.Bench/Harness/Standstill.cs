using System.Runtime;

namespace Zanshin.Bench.Harness;

/// <summary>
/// Tells when this process's code is compiled for good: over a stretch of messages, and at least a second, hardly a method was compiled. A fresh process costs several times
/// as much for each message, until the runtime has seen what is called often and has compiled it anew. Thread-safe.
/// </summary>
/// <param name="least">Messages before which it never stands still.</param>
/// <param name="most">Messages after which it is waited for no longer.</param>
internal sealed class Standstill(int least, int most)
{
    /// <summary>Set for a process that is measured: what is called often is compiled anew at once, instead of when nothing was compiled for 100 ms.</summary>
    public const string Sooner = "DOTNET_TC_CallCountingDelayMs";

    public const int Stretch = 20_000;

    /// <summary>So many may be compiled in a stretch: something always comes for the first time, a collection or a timer.</summary>
    public const int Few = 3;

    private static readonly TimeSpan s_stretch = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new(); // guards _methods, _at, and the properties while it is not over
    private int _next = Math.Min(Stretch, most);
    private long _methods = -1;
    private TimeSpan _at;
    private bool _over;

    /// <summary>Messages that it took.</summary>
    public int Messages { get; private set; }

    /// <summary>It stood still at last, and was not only waited for long enough.</summary>
    public bool IsStill { get; private set; }

    /// <param name="seen">Messages so far.</param>
    public bool IsOver(int seen)
    {
        if (Volatile.Read(ref _over))
            return true;
        if (seen < Volatile.Read(ref _next))
            return false;
        lock (_lock)
        {
            if (_over || seen < _next)
                return _over;
            Volatile.Write(ref _next, Math.Min(seen + Stretch, Math.Max(most, seen + 1)));
            if (seen < most && _methods >= 0 && Clock.Now - _at < s_stretch)
                return false;
            long methods = JitInfo.GetCompiledMethodCount(currentThread: false);
            IsStill = _methods >= 0 && methods - _methods <= Few;
            Messages = seen;
            (_methods, _at) = (methods, Clock.Now);
            if ((IsStill && seen >= least) || seen >= most)
                Volatile.Write(ref _over, true);
            return _over;
        }
    }
}
