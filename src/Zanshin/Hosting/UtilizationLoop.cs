using Zanshin.Dispatching;
using Zanshin.Timing;

namespace Zanshin.Hosting;

#pragma warning disable CA1001 // Disposed of in StopAsync.
/// <summary>
/// Tells the slots in use of each group when they have changed. The dispatchers only wake it; it looks when it comes round to it, so
/// that whoever is slow to hear is told the latest number and holds up nothing.
/// </summary>
internal sealed class UtilizationLoop
#pragma warning restore CA1001
{
    private readonly IReadOnlyList<(string Group, Dispatcher Dispatcher)> _groups;
    private readonly Surroundings _surroundings;
    private readonly Func<Utilization, Task> _tell;
    private readonly Wakeup _wakeup;
    private Task _loop = Task.CompletedTask;
    private volatile bool _stopped;

    /// <param name="tell">Never throws.</param>
    public UtilizationLoop(IReadOnlyList<(string Group, Dispatcher Dispatcher)> groups, Surroundings surroundings, Func<Utilization, Task> tell)
    {
        (_groups, _surroundings, _tell) = (groups, surroundings, tell);
        _wakeup = new Wakeup(surroundings);
        foreach ((_, Dispatcher dispatcher) in groups)
            dispatcher.SlotsChanged = _wakeup.Set;
    }

    public void Start() => _loop = _surroundings.Begin(this, static loop => loop.RunAsync());

    /// <summary>Tells what has changed, and ends.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        _wakeup.Set();
        await _loop;
        _wakeup.Dispose();
    }

    private async Task RunAsync()
    {
        var told = new Utilization?[_groups.Count];
        bool last;
        do
        {
            last = _stopped;
            for (int i = 0; i < told.Length; i++)
            {
                (string group, Dispatcher dispatcher) = _groups[i];
                var use = new Utilization(group, dispatcher.Concurrency, dispatcher.Snapshot().Slots);
                if (use == told[i])
                    continue;
                told[i] = use;
                await _tell(use);
            }
            if (!last)
                await _wakeup.WaitAsync(TimeSpan.MaxValue);
        }
        while (!last);
    }
}
