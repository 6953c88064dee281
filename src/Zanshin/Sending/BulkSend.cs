using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>
/// Sends any number of messages to one queue, one message included, and leaves in each what became of it:
/// <list type="number">
/// <item>they stand in a <see cref="SendLine{T}"/>, which keeps the order of a FIFO queue's groups;</item>
/// <item>several batches are out at a time;</item>
/// <item>what failed and may succeed goes again, a few times, after growing pauses: a single entry's own, or of all after a call that failed as a whole;</item>
/// <item>once nothing at all was confirmed in all tries of a message, or the caller cancels, the rest is not tried.</item>
/// </list>
/// Used once.
/// </summary>
internal sealed class BulkSend : IDisposable
{
    /// <summary>Batches of one bulk that are under way at a time.</summary>
    public const int AtOnce = 4;

    private const int Tries = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly SqsFailure Cancelled = new(SqsFailureKind.NoAnswer, "the call was cancelled");

    private readonly SendBatch _send;
    private readonly int _atOnce;
    private readonly Surroundings _surroundings;
    private readonly CancellationToken _cancel;
    private readonly Wakeup _wakeup;

    // Used by the loop only.
    private readonly SendLine<Queued> _line;
    private readonly List<Task> _calls = [];
    private TimeSpan _lastGood = TimeSpan.MinValue;
    private TimeSpan _pausedUntil;
    private int _out;

    private readonly Lock _lock = new(); // guards what has ended and was not looked at
    private List<(List<Queued> Batch, SendCallEnd End)> _ended = [];

    private BulkSend(bool fifo, SendBatch send, int atOnce, Surroundings surroundings, CancellationToken cancel)
    {
        (_send, _atOnce, _surroundings, _cancel) = (send, atOnce, surroundings, cancel);
        _line = new SendLine<Queued>(fifo);
        _wakeup = new Wakeup(surroundings);
    }

    /// <summary>Why the rest was not tried; null where all were.</summary>
    private SqsFailure? Over { get; set; }

    /// <summary>Ends when each message has its answer; soon after a cancellation. Never throws.</summary>
    /// <returns>Why nothing could be sent any more; null where that was not so.</returns>
    public static async Task<SqsFailure?> RunAsync(
        bool fifo, SendBatch send, IEnumerable<Sendable> messages, Surroundings surroundings, CancellationToken cancel, int atOnce = AtOnce)
    {
        using var bulk = new BulkSend(fifo, send, atOnce, surroundings, cancel);
        foreach (Sendable message in messages)
            bulk._line.Add(new Queued(message));
        await bulk.RunAsync();
        return bulk.Over;
    }

    public void Dispose() => _wakeup.Dispose();

    private async Task RunAsync()
    {
        using CancellationTokenRegistration cancelled = _cancel.UnsafeRegister(static wakeup => ((Wakeup)wakeup!).Set(), _wakeup);
        while (true)
        {
            if (_cancel.IsCancellationRequested)
                End(Cancelled);
            while (_out < _atOnce && _surroundings.Now >= _pausedUntil && _line.Take(_surroundings.Now) is { } batch)
            {
                _out++;
                _calls.Add(CallAsync(batch));
            }
            if (_out == 0 && _line.Ready == 0 && _line.AgainAt == TimeSpan.MaxValue)
                break;
            await _wakeup.WaitAsync(NextLook());
            foreach ((List<Queued> batch, SendCallEnd end) in TakeEnded())
                Answered(batch, end);
            _calls.RemoveAll(static call => call.IsCompleted);
        }
        await Task.WhenAll(_calls);
    }

    private TimeSpan NextLook()
    {
        if (_out == _atOnce)
            return TimeSpan.MaxValue;
        TimeSpan at = _line.Ready > 0 ? TimeSpan.Zero : _line.AgainAt;
        return at > _pausedUntil ? at : _pausedUntil;
    }

    private async Task CallAsync(List<Queued> batch)
    {
        SendCallEnd end = await SendCall.RunAsync(_send, batch, _cancel);
        lock (_lock)
            _ended.Add((batch, end));
        _wakeup.Set();
    }

    private List<(List<Queued> Batch, SendCallEnd End)> TakeEnded()
    {
        lock (_lock)
        {
            List<(List<Queued> Batch, SendCallEnd End)> ended = _ended;
            _ended = [];
            return ended;
        }
    }

    private void Answered(List<Queued> batch, SendCallEnd end)
    {
        _out--;
        TimeSpan now = _surroundings.Now;
        List<Queued> again = [];
        foreach (Queued message in batch)
        {
            if (message.Message.Answer.Failure is not { } failure)
            {
                _lastGood = now;
                _line.Confirmed(message);
            }
            else if (end == SendCallEnd.Refused && batch.Count > 1)
            {
                message.Alone = true;
                _line.Again(message);
            }
            else if (failure.Retryable && ++message.Failures < Tries && Over is null)
            {
                again.Add(message);
            }
            else
            {
                foreach (Queued _ in _line.Lost(message))
                {
                    // Its answer says so.
                }
                if (end == SendCallEnd.Failed && message.Failures == Tries && _lastGood < message.Tried)
                    End(failure);
            }
        }
        if (again.Count == 0)
            return;
        TimeSpan at = now + FirstPause * Math.Pow(2, again.Max(static m => m.Failures) - 1) * (0.5 + _surroundings.Dice() / 2);
        // After a call that failed as a whole nothing goes; a single entry waits by itself.
        if (end == SendCallEnd.Failed)
            _pausedUntil = at > _pausedUntil ? at : _pausedUntil;
        foreach (Queued message in again)
            _line.Again(message, end == SendCallEnd.Failed ? null : at);
    }

    // Those that were never tried are told why; the others keep what they were answered last.
    private void End(SqsFailure why)
    {
        Over ??= why;
        foreach (Queued message in _line.Clear())
        {
            if (message.Tried is null)
                message.Message.Answer = SendAnswer.Failed(why);
        }
    }
}
