namespace Zanshin.Cli.Demo;

/// <summary>What every handler of the demo does: take its time, and be counted. Thread-safe.</summary>
internal sealed class Work(Tally tally, WorkTime time, bool slowOnes)
{
    private int _runs;

    public async ValueTask<Outcome> DoAsync(Message message, string type, string example, CancellationToken cancel)
    {
        tally.Began(message.Id, message.Attempt);
        // The first slow one comes early, so that short demos have one too.
        bool slow = slowOnes && Interlocked.Increment(ref _runs) % DemoOptions.SlowEvery == DemoOptions.SlowEvery / 2;
        await Task.Delay(slow ? DemoOptions.SlowTime : time.Draw(), TimeProvider.System, cancel);
        tally.Ended(message.Id, type, example);
        return Outcome.Done;
    }
}
