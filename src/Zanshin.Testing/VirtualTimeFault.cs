namespace Zanshin.Testing;

/// <summary>Why a run under virtual time failed.</summary>
public enum VirtualTimeFault
{
    /// <summary>Work was handed to the thread pool, or another thread posted, or armed or disposed a timer; the message has the stack trace.</summary>
    LeftVirtualTime,

    /// <summary>Nothing to run, no timer armed, body not done.</summary>
    Stalled,

    /// <summary>The limit of virtual time, or of items run without the clock moving, was reached.</summary>
    LimitReached,
}
