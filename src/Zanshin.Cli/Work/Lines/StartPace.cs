namespace Zanshin.Cli.Work.Lines;

/// <summary>A command that keeps failing is not started again at once: 0.5 s after a failure, doubling with each in a row, at most 30 s. Thread-safe.</summary>
internal sealed class StartPace
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new(); // guards all below
    private int _failures;
    private long _failed;

    public void Worked()
    {
        lock (_lock)
            _failures = 0;
    }

    public void Failed()
    {
        lock (_lock)
            (_failures, _failed) = (_failures + 1, TimeProvider.System.GetTimestamp());
    }

    public async Task WaitAsync(CancellationToken cancel)
    {
        while (Left() is var left && left > TimeSpan.Zero)
            await Task.Delay(left, TimeProvider.System, cancel);
    }

    private TimeSpan Left()
    {
        lock (_lock)
        {
            if (_failures == 0)
                return TimeSpan.Zero;
            TimeSpan pause = First * Math.Pow(2, Math.Min(_failures - 1, 10));
            return (pause < Longest ? pause : Longest) - TimeProvider.System.GetElapsedTime(_failed);
        }
    }
}
