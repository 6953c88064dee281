using Zanshin;

namespace LeakyWorker.Bugs;

/// <summary>An async loop for every message that waits for a signal nobody gives.</summary>
internal sealed class ForgottenLoop(bool isFixed) : Bug(isFixed)
{
    public override IDisposable Begin(Message<string> message, CancellationToken cancel)
    {
        var done = new TaskCompletionSource();
        // Something holds on to it, as a registry would; else the collector would take both away.
        s_waiting.TryAdd(done, 0);
        _ = WaitAsync(done.Task);
        return IsFixed ? new Ended(() => End(done)) : Ended.Nothing;
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<TaskCompletionSource, byte> s_waiting = [];

    private static async Task WaitAsync(Task done) => await done;

    private static void End(TaskCompletionSource done)
    {
        s_waiting.TryRemove(done, out _);
        done.SetResult();
    }
}
