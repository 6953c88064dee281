using Microsoft.Extensions.Logging;
using Zanshin.Leasing;
using Zanshin.Observing;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Dispatching;

#pragma warning disable CA1001 // The token source lives from BeginRun to EndRunAsync.
/// <summary>One receipt of one message, from its arrival until it is settled: everything that belongs to it hangs here, and ends with it.</summary>
internal sealed class Delivery : ILeaseHolder
#pragma warning restore CA1001
{
    private readonly Lock _lock = new(); // guards the cancellation: _cancel, _cancelling and the setting of CancelReason
    private CancellationTokenSource? _cancel;
    private Task _cancelling = Task.CompletedTask;

    public Delivery(QueueLine line, SqsMessage raw)
    {
        (Line, Raw) = (line, raw);
        ReceiveCount = raw.Attributes?.TryGetValue("ApproximateReceiveCount", out string? count) == true && int.TryParse(count, out int n) ? n : 1;
        Group = raw.Attributes?.GetValueOrDefault("MessageGroupId");
        Type = raw.MessageAttributes?.GetValueOrDefault(line.TypeAttribute)?.StringValue;
    }

    public QueueLine Line { get; }

    public SqsMessage Raw { get; }

    public string Id => Raw.MessageId;

    public string? Group { get; }

    public string? Type { get; }

    public int ReceiveCount { get; }

    public int Attempt => ReceiveCount + LocalRuns;

    public Lease Lease { get; set; } = null!; // set by the dispatcher at once

    public CancelReason CancelReason { get; private set; }

    // Owned by the dispatcher's lock.

    public DeliveryState State { get; set; }

    /// <summary>Stands among those that only lack a slot.</summary>
    public bool InLine { get; set; }

    /// <summary>Runs repeated here without a new receive.</summary>
    public int LocalRuns { get; set; }

    /// <summary>The lane of its message group, on a FIFO queue.</summary>
    public Lane? Lane { get; set; }

    /// <summary>The same message, received again while this run is cancelled but has not ended.</summary>
    public Delivery? Successor { get; set; }

    /// <summary>In a lane: an earlier delivery of the same message, whose settlement is to be awaited before this one runs.</summary>
    public Delivery? After { get; set; }

    /// <summary>Its run and settlement; awaited by the dispatcher at stop.</summary>
    public Task Life { get; set; } = Task.CompletedTask;

    /// <summary>Given back by a stop although its handler still runs: what comes of that run settles nothing.</summary>
    public bool Orphaned { get; set; }

    public CancellationToken BeginRun()
    {
        lock (_lock)
        {
            _cancel = new CancellationTokenSource();
            if (CancelReason != CancelReason.None)
                _cancel.Cancel();
            return _cancel.Token;
        }
    }

    /// <summary>Cancels the run, now or when it begins; the first reason stays.</summary>
    public void Cancel(CancelReason reason)
    {
        lock (_lock)
        {
            // A time limit is one run's: told late, it must not meet the next.
            if (CancelReason != CancelReason.None || (reason == CancelReason.TimeLimit && _cancel is null))
                return;
            CancelReason = reason;
            // Callbacks on the token are the user's: they run apart from the loop that cancels, and the run awaits them.
            if (_cancel is not null)
                _cancelling = Line.Surroundings.Begin(this, static delivery => delivery.CancelNow());
        }
    }

    public async ValueTask EndRunAsync()
    {
        CancellationTokenSource? cancel;
        Task cancelling;
        lock (_lock)
        {
            (cancel, _cancel) = (_cancel, null);
            cancelling = _cancelling;
        }
        await cancelling;
        cancel?.Dispose();
    }

    /// <summary>A time limit ended the last run; a local retry begins without it.</summary>
    public void ForgetTimeLimit()
    {
        lock (_lock)
        {
            if (CancelReason == CancelReason.TimeLimit)
                CancelReason = CancelReason.None;
        }
    }

    public void LeaseLost(LeaseLoss loss) => Line.Dispatcher.LeaseLost(this, loss);

    public void TimeLimitReached()
    {
        Line.Counts.Add(Count.TimeLimits);
        Line.Logger.OverTime(Id, Line.Name, Line.TimeLimit!.Value);
        Cancel(CancelReason.TimeLimit);
    }

    public void Wake() => Line.Dispatcher.Resume(this);

    private Task CancelNow()
    {
        CancellationTokenSource? cancel;
        lock (_lock)
            cancel = _cancel;
        try
        {
            cancel?.Cancel();
        }
        catch (Exception exception)
        {
            Line.Logger.CancellationFailed(exception, Id, Line.Name);
        }
        return Task.CompletedTask;
    }
}
