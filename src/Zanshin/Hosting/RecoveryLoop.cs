using Zanshin.Dispatching;
using Zanshin.Timing;

namespace Zanshin.Hosting;

#pragma warning disable CA1001 // Disposed of in StopAsync.
/// <summary>
/// Gives queues their slots back that were taken from them because their handlers kept failing, once nothing of them has failed, run or waited for a while:
/// no success will come to give them back. A dispatcher wakes it; it looks at the moment that is due.
/// </summary>
internal sealed class RecoveryLoop
#pragma warning restore CA1001
{
    private readonly IReadOnlyList<Dispatcher> _groups;
    private readonly Surroundings _surroundings;
    private readonly Wakeup _wakeup;
    private Task _loop = Task.CompletedTask;
    private volatile bool _stopped;

    public RecoveryLoop(IReadOnlyList<Dispatcher> groups, Surroundings surroundings)
    {
        (_groups, _surroundings) = (groups, surroundings);
        _wakeup = new Wakeup(surroundings);
        foreach (Dispatcher group in groups)
            group.HoldsBack = _wakeup.Set;
    }

    public void Start() => _loop = _surroundings.Begin(this, static loop => loop.RunAsync());

    public async Task StopAsync()
    {
        _stopped = true;
        _wakeup.Set();
        await _loop;
        _wakeup.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopped)
        {
            TimeSpan next = TimeSpan.MaxValue;
            foreach (Dispatcher group in _groups)
            {
                TimeSpan due = group.LetQuietRecover();
                next = due < next ? due : next;
            }
            await _wakeup.WaitAsync(next);
        }
    }
}
