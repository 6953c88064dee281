using Zanshin;

namespace LeakyWorker.Bugs;

/// <summary>A long-running task, which has a thread of its own, for every message.</summary>
internal sealed class LongRunningWatcher(bool isFixed) : Bug(isFixed)
{
    public override IDisposable Begin(Message<string> message, CancellationToken cancel)
    {
        var stopped = new ManualResetEventSlim();
        _ = Task.Factory.StartNew(() => Watch(stopped), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return IsFixed ? new Ended(stopped.Set) : Ended.Nothing;
    }

    private static void Watch(ManualResetEventSlim stopped) => stopped.Wait();
}
