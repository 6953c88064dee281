namespace Zanshin.Bench.Cpu;

internal enum WatchMode
{
    /// <summary>There is no watch.</summary>
    Off,

    /// <summary>Every message has its scope, and counts are taken every second.</summary>
    Counting,

    /// <summary>And begins and ends are heard all the time, as in a listening window.</summary>
    Listening,
}
