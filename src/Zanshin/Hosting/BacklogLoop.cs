using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Hosting;

#pragma warning disable CA1001 // Disposed of in StopAsync.
/// <summary>Asks SQS for the number of messages in each queue, where the setup wants it: one loop, a few queues at once, paused queues too.</summary>
internal sealed class BacklogLoop
#pragma warning restore CA1001
{
    private const int AtOnce = 10;

    /// <summary>An answer stands for so many intervals, where the next ones fail.</summary>
    private const int Kept = 3;

    private readonly TimeSpan _interval;
    private readonly Surroundings _surroundings;
    private readonly List<(BacklogReader Reader, Backlog Into)> _queues;
    private readonly CancellationTokenSource _stopping = new(); // has no timer
    private readonly Wakeup _wakeup;
    private Task _loop = Task.CompletedTask;
    private volatile bool _stopped;

    public BacklogLoop(TimeSpan interval, IEnumerable<QueueWorker> queues, Surroundings surroundings, ILogger logger)
    {
        (_interval, _surroundings) = (interval, surroundings);
        _queues = [.. queues.Select(queue => (new BacklogReader(queue, surroundings, logger, _stopping.Token), queue.Backlog = new Backlog(Kept * interval)))];
        _wakeup = new Wakeup(surroundings);
    }

    public void Start() => _loop = _surroundings.Begin(this, static loop => loop.RunAsync());

    /// <summary>Ends the loop at once, and with it the calls that are under way.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        // The client may be the application's, and so its callbacks on the token, which may block.
        Task cancelling = _surroundings.Begin(_stopping, static stopping =>
        {
            stopping.Cancel();
            return Task.CompletedTask;
        });
        _wakeup.Set();
        await _loop;
        await cancelling;
        _wakeup.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopped)
        {
            TimeSpan next = _surroundings.Now + _interval;
            foreach ((BacklogReader Reader, Backlog Into)[] some in _queues.Chunk(AtOnce))
            {
                if (!_stopped)
                    await Task.WhenAll(Array.ConvertAll(some, static queue => queue.Reader.ReadAsync(queue.Into)));
            }
            while (!_stopped && _surroundings.Now < next)
                await _wakeup.WaitAsync(next);
        }
    }
}
