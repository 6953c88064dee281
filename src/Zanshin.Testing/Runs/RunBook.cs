using System.Collections.Concurrent;
using Zanshin.Dispatching;
using Zanshin.Pipeline;

namespace Zanshin.Testing.Runs;

/// <summary>
/// Outside all middleware, so that it sees what comes of it: knows which runs are under way, and follows those of a trial. One for each
/// service provider. Thread-safe.
/// </summary>
internal sealed class RunBook(TimeProvider time) : IMiddleware, IBatchMiddleware
{
    private const string Name = "the test";

    private readonly ConcurrentDictionary<Run, long> _underWay = new();
    private readonly ConcurrentDictionary<string, Trial> _trials = new(StringComparer.Ordinal);

    /// <summary>The runs under way, and for how long.</summary>
    public IReadOnlyList<(Run Run, TimeSpan For)> UnderWay => [.. _underWay.Select(r => (r.Key, time.GetElapsedTime(r.Value)))];

    /// <summary>Puts itself outside of all middleware of this setup, once. Before a worker is wired.</summary>
    public void Watch(ZanshinBuilder? setup)
    {
        if (setup is null)
            return;
        setup.Watcher = new Layer<IMiddleware>(Name, _ => this);
        setup.BatchWatcher = new Layer<IBatchMiddleware>(Name, _ => this);
    }

    public void Follow(string messageId, Trial trial) => _trials[messageId] = trial;

    public void Forget(string messageId) => _trials.TryRemove(messageId, out _);

    public async ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel)
    {
        Outcome? returned = null;
        await AroundAsync([message], async () => returned = await next(message, cancel), trial => trial.Returned(returned!.Value));
        return returned!.Value;
    }

    public async ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel)
    {
        BatchOutcome? returned = null;
        await AroundAsync(batch, async () => returned = await next(batch, cancel), trial => trial.Returned(returned));
        return returned!;
    }

    private async ValueTask AroundAsync(IReadOnlyList<Message> messages, Func<Task> run, Action<Trial> returned)
    {
        Run current = messages[0].Delivery.Run!;
        // A trial is of one run: a local retry of a FIFO message is not of it.
        Trial? trial = _trials.GetValueOrDefault(messages[0].Id) is { } known && known.Begins(messages) ? known : null;
        _underWay[current] = time.GetTimestamp();
        try
        {
            await run();
            if (trial is not null)
                returned(trial);
        }
        catch (Exception exception)
        {
            trial?.Threw(exception);
            throw;
        }
        finally
        {
            _underWay.TryRemove(current, out _);
        }
    }
}
