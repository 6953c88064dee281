using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Timing;

namespace Zanshin.Testing.Runs;

#pragma warning disable CA1001 // The worker and the queues live until RunAsync ends.
/// <summary>
/// One run of a handler, with one message or one batch, from the receive to the settlement: by a real worker of its own, on queues of its own in
/// which nothing else is. It ends with the first run: what goes back is not received again.
/// </summary>
internal sealed class Trial(IServiceProvider services, TrialTerms terms)
#pragma warning restore CA1001
{
    private readonly TaskCompletionSource _ran = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new(); // guards all below: the run, its timers and whoever waits are of different threads
    private readonly List<TimeSpan> _asked = [];
    private readonly List<ITimer> _timers = [];
    private readonly List<Task> _done = [];
    private TestQueues? _queues;
    private ZanshinWorker? _worker;
    private Delivery[] _deliveries = [];
    private int _expected;
    private Run? _run;
    private Outcome? _outcome;
    private BatchOutcome? _batch;
    private Exception? _exception;

    /// <exception cref="HandlerTestException">The handler has not ended in time, or what was meant for one batch came as several.</exception>
    public async Task<TrialResult> RunAsync(string queue, IReadOnlyList<TrialMessage> messages, CancellationToken cancel)
    {
        var home = services.GetRequiredService<TestQueues>();
        _queues = new TestQueues(services.GetRequiredService<ZanshinBuilder>(), terms.Queues, home.Time, delivers: true, home.Runs);
        using var own = new TrialServices(services, _queues);
        _worker = new ZanshinWorker(own, services.GetRequiredService<ILogger<ZanshinWorker>>(), isTrial: true);
        _expected = messages.Count;
        List<string> ids = TrialMessage.Put(messages, _queues.Find(queue));
        ids.ForEach(id => home.Runs.Follow(id, this));
        TimeProvider time = home.Time is VirtualTime ? home.Time : TimeProvider.System;
        try
        {
            await _worker.StartAsync(cancel);
            await EndedAsync().WaitAsync(terms.Timeout, time, cancel);
            return Result();
        }
        catch (TimeoutException)
        {
            throw new HandlerTestException(NotEnded());
        }
        finally
        {
            List<Task> done;
            lock (_lock)
            {
                _timers.ForEach(static timer => timer.Dispose());
                done = [.. _done];
            }
            ids.ForEach(home.Runs.Forget);
            _queues.EndWaits();
            await _worker.StopAsync(new CancellationToken(canceled: true));
            await Task.WhenAll(done);
            home.TakeDeadLetters(queue, _queues);
            _queues.Dispose();
        }
    }

    /// <summary>Its run begins, told by the run itself. Whether it is the first.</summary>
    public bool Begins(IReadOnlyList<Message> messages)
    {
        lock (_lock)
        {
            if (_run is not null)
                return false;
            _deliveries = [.. messages.Select(static m => m.Delivery)];
            _run = _deliveries[0].Run!;
            foreach (Delivery delivery in _deliveries)
                delivery.Lease.Asked = Asked;
            if (terms.StopAfter is { } stop)
                At(stop, StopAsync);
            if (terms.LoseLeaseAfter is { } lose)
                At(lose, LoseLeaseAsync);
            return true;
        }
    }

    public void Returned(Outcome outcome) => Ended(() => _outcome = outcome);

    public void Returned(BatchOutcome? outcome) => Ended(() => _batch = outcome);

    public void Threw(Exception exception) => Ended(() => _exception = exception);

    private void Ended(Action note)
    {
        lock (_lock)
            note();
        _ran.TrySetResult();
    }

    private void Asked(TimeSpan by)
    {
        lock (_lock)
            _asked.Add(by);
    }

    // Until it is settled, and what was to happen meanwhile has.
    private async Task EndedAsync()
    {
        await _ran.Task;
        // Who begins a run notes its life under this lock, perhaps later than the run ends.
        _deliveries[0].Line.Dispatcher.Snapshot();
        await _deliveries[0].Life;
    }

    // Under the lock
    private void At(TimeSpan after, Func<Task> what) => _timers.Add(_deliveries[0].Line.Surroundings.Time.CreateTimer(
        _ =>
        {
            lock (_lock)
            {
                if (!_ran.Task.IsCompleted)
                    _done.Add(_deliveries[0].Line.Surroundings.Begin(what, static what => what()));
            }
        },
        null, after, Timeout.InfiniteTimeSpan));

    // As by a second signal: handlers are cancelled at once.
    private Task StopAsync()
    {
        _queues!.EndWaits();
        return _worker!.StopAsync(new CancellationToken(canceled: true));
    }

    // The worker learns of it as from SQS: an extension is refused.
    private async Task LoseLeaseAsync()
    {
        _queues!.Faults.On("ChangeMessageVisibilityBatch").FailEntries(static _ => true, "ReceiptHandleIsInvalid");
        Lease lease = _deliveries[0].Lease;
        lease.Asked = null;
        try
        {
            await lease.ExtendAsync(_deliveries[0].Line.Visibility);
        }
        catch (LeaseLostException)
        {
            // That is what was wanted.
        }
    }

    private TrialResult Result()
    {
        lock (_lock)
        {
            if (_deliveries.Length != _expected)
                throw new HandlerTestException($"The {_expected} messages came to the handler in several batches, the first of {_deliveries.Length}: the queue's batches are too small (max), or are gathered too shortly (gather).");
            return new TrialResult(_outcome, _batch, _exception, _run!.CancelReason, [.. _asked],
                [.. _deliveries.Select(static d => (d.Id, new Settlement(d.Verdict)))]);
        }
    }

    private string NotEnded()
    {
        lock (_lock)
        {
            if (_run is null)
                return $"The handler has not been called within {terms.Timeout}: the worker did not receive the message, or has not got to it.";
            string cancelled = _run.CancelReason == CancelReason.None ? "" : $", though its token was cancelled ({_run.CancelReason})";
            return _ran.Task.IsCompleted
                ? $"The handler has ended, but its message was not settled within {terms.Timeout}."
                : $"The handler has not ended within {terms.Timeout}{cancelled}: it is in {_run.Where}. Give it longer with Timeout(...), or let it wait on virtual time with OnVirtualTime().";
        }
    }
}
