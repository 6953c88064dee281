namespace Zanshin.Testing;

/// <summary>Why a run under virtual time failed.</summary>
public enum VirtualTimeFault
{
    /// <summary>A thread other than the pump's posted, or armed or disposed a timer; the message has its stack trace.</summary>
    LeftVirtualTime,

    /// <summary>Nothing to run, no timer armed, body not done.</summary>
    Stalled,

    /// <summary>The limit of virtual time, or of items run without the clock moving, was reached.</summary>
    LimitReached,
}
