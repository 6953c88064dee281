using Zanshin.Observing;

namespace Zanshin.Dispatching;

/// <content>What may be changed while the worker works.</content>
internal sealed partial class Dispatcher
{
    /// <summary>So many slots from now; runs that are over that go on.</summary>
    public void Resize(int concurrency) => Change(() =>
    {
        _ledger.Resize(concurrency);
        foreach (QueueLine line in _lines)
            ResizePace(line);
    });

    /// <summary>So many slots for one queue from now; null for all.</summary>
    public void Limit(QueueLine line, int? slots) => Change(() =>
    {
        line.Limit = slots;
        ResizePace(line);
    });

    public int? LimitOf(QueueLine line)
    {
        lock (_lock)
            return line.Limit;
    }

    public void Weigh(QueueLine line, int weight) => Change(() => line.Weight = weight);

    /// <summary>So many starts a second from now; null for no limit.</summary>
    public void Throttle(TokenBucket bucket, double? perSecond) => Change(() => bucket.PerSecond = perSecond);

    public double? RateOf(TokenBucket bucket)
    {
        lock (_lock)
            return bucket.PerSecond;
    }

    /// <summary>A rate limit has changed: all are to be asked anew. Called under the lock, by the ceiling.</summary>
    public void ForgetRefusals()
    {
        foreach (QueueLine line in _lines)
        {
            line.ThrottledUntil = TimeSpan.MinValue;
            foreach (Throttle throttle in line.Throttles)
                (throttle as LimiterThrottle)?.ForgetRefusal();
        }
    }

    private void Change(Action change)
    {
        List<QueueLine> recovered;
        lock (_lock)
        {
            change();
            _ceiling.Changed(_surroundings.Now);
            recovered = _lines.FindAll(static l => HeldBackAnew(l) == false);
        }
        foreach (QueueLine line in recovered)
            line.Logger.HandlersWork(line.Name, "it may not take more than it has");
    }

    private void ResizePace(QueueLine line) => line.Pace.Resize(Math.Min(Math.Min(line.Limit ?? int.MaxValue, line.BatchLimit ?? int.MaxValue), _ledger.Concurrency));
}
