using Zanshin;

namespace LeakyWorker.Bugs;

/// <summary>The bug of the story: a thread for every message keeps its visibility extended, and nobody stops it.</summary>
internal sealed class AutoExtendVisibility(bool isFixed) : Bug(isFixed)
{
    public override IDisposable Begin(Message<string> message, CancellationToken cancel)
    {
        var stopped = new ManualResetEvent(false);
        StartExtender(stopped);
        return IsFixed ? new Ended(() => stopped.Set()) : Ended.Nothing;
    }

    private static void StartExtender(ManualResetEvent stopped)
    {
        var extender = new Thread(() => Extend(stopped)) { IsBackground = true, Name = "extender" };
        extender.Start();
    }

    // Would change the message's visibility each time.
    private static void Extend(ManualResetEvent stopped)
    {
        while (!stopped.WaitOne(Timeout.Infinite))
        {
        }
        stopped.Dispose();
    }
}
