namespace Zanshin.Simulation;

/// <summary>Plays seeds on threads of its own, each taking the next. After a few that failed it begins no more.</summary>
internal sealed class ManySeeds(int from, int seeds, TimeSpan time, Action<int> play)
{
    private const int Enough = 3;

    private readonly List<(int Seed, string Message)> _broken = []; // its own lock
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private int _taken;
    private int _played;

    public int Played => _played;

    public TimeSpan Took => TimeProvider.System.GetElapsedTime(_began);

    /// <summary>What failed, by seed.</summary>
    public IReadOnlyList<string> Run(int threads)
    {
        Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Work, 16 << 20) { IsBackground = true })];
        foreach (Thread thread in all)
            thread.Start();
        foreach (Thread thread in all)
            thread.Join();
        return [.. _broken.OrderBy(static b => b.Seed).Select(static b => b.Message)];
    }

    private void Work()
    {
        while (Took < time && Interlocked.Increment(ref _taken) is var next && next <= seeds)
        {
            int seed = from + next - 1;
            try
            {
                play(seed);
            }
            catch (Exception exception)
            {
                lock (_broken)
                    _broken.Add((seed, exception is BrokenPromiseException ? exception.Message : $"Seed {seed}: {exception}"));
            }
            Interlocked.Increment(ref _played);
            lock (_broken)
            {
                if (_broken.Count >= Enough)
                    return;
            }
        }
    }
}
