using Zanshin.Diagnosis.Watching;

namespace Zanshin.Diagnosis.Tests.Watching;

/// <summary>A watch whose looks are the test's: between two of them some messages are processed.</summary>
internal sealed class Looks : IDisposable
{
    public const int Enough = 2 * Counter.LooksInWindow + 12;

    private readonly LeakWatch _watch;
    private int _message;

    public Looks(Action<LeakWatchOptions>? configure = null)
    {
        var options = new LeakWatchOptions { Linger = TimeSpan.Zero, ListenFor = TimeSpan.Zero, CollectEvery = Timeout.InfiniteTimeSpan };
        configure?.Invoke(options);
        _watch = new LeakWatch(options);
    }

    public LeakWatch Watch => _watch;

    /// <summary>Findings of this test's own; counters of the process belong to all tests.</summary>
    public List<LeakFinding> Found { get; } = [];

    public async Task LookAsync(int looks, Action<LeakScope> handle, int messages = 3)
    {
        for (int look = 0; look < looks; look++)
        {
            for (int i = 0; i < messages; i++)
                Process(handle);
            Found.AddRange((await _watch.LookAsync(CancellationToken.None)).Where(static f => f.Leak.Kinds is not (["threads"] or ["timers"] or ["files"] or ["heap"])));
        }
    }

    public void Dispose() => _watch.Dispose();

    private void Process(Action<LeakScope> handle)
    {
        using LeakScope scope = LeakScope.Begin($"message {++_message}");
        handle(scope);
    }
}
