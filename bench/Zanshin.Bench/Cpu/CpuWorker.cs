namespace Zanshin.Bench.Cpu;

internal enum CpuWorker
{
    Zanshin,

    /// <summary>The hand-written loop, which asks for no attributes of a message.</summary>
    Loop,

    /// <summary>The same, which asks for all of them as the worker does.</summary>
    LoopWithAttributes,

    /// <summary>Four of those at once: less is spent on going to sleep and waking up for each answer.</summary>
    FourLoops,
}
