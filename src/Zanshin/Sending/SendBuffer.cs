using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>
/// The bounded buffer of one queue. One loop owns the sending: up to four batches at a time, in the order that <see cref="SendLine{T}"/> keeps. What fails
/// and may succeed goes again until its time is over: a single entry after a pause of its own, a whole call after a pause of the queue.
/// </summary>
internal sealed class SendBuffer : IDisposable
{
    private const int SendsAtOnce = 4;
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly SqsFailure Stopped = new(SqsFailureKind.NoAnswer, "the host has stopped");

    private readonly SqsQueue _queue;
    private readonly string _name;
    private readonly SendBufferOptions _options;
    private readonly Surroundings _surroundings;
    private readonly Trouble _trouble;
    private readonly ILogger _logger;
    private readonly CancellationToken _giveUp;
    private readonly Wakeup _wakeup;

    private readonly Lock _lock = new(); // guards all of this block
    private readonly SendLine<Buffered> _line; // accepted, and not under way
    private readonly LinkedList<Buffered> _outside = []; // waiting for room, in order
    private readonly HashSet<Buffered> _pending = []; // accepted, without a result
    private long _bytes; // of the pending
    private TimeSpan _flushed = TimeSpan.MinValue; // what was accepted until then goes at once
    private TimeSpan _pausedUntil;
    private int _sends;
    private bool _hasten;
    private bool _closed;

    // Used by the loop only.
    private readonly List<Task> _open = [];

    private int _unsentAtStop; // by interlocked operations

    private readonly Task _loop;

    public SendBuffer(SqsQueue queue, string name, SendBufferOptions options, Surroundings surroundings, ILogger logger, CancellationToken giveUp)
    {
        (_queue, _name, _options, _surroundings, _logger, _giveUp) = (queue, name, options, surroundings, logger, giveUp);
        _line = new SendLine<Buffered>(queue.Facts.Fifo);
        _trouble = new Trouble("send", name, logger, surroundings);
        _wakeup = new Wakeup(surroundings);
        _loop = surroundings.Begin(this, static buffer => buffer.RunAsync());
    }

    public string Name => _name;

    public int Count
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>Done when the message is accepted.</summary>
    public async ValueTask AddAsync(Buffered message, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        bool wake = false;
        lock (_lock)
        {
            if (_closed)
                throw Closed();
            if (_outside.Count > 0 || !HasRoom(message))
            {
                message.Admission = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _outside.AddLast(message);
            }
            else
            {
                bool idle = _line.Ready == 0;
                Accept(message);
                wake = _line.Ready > 0 && (_hasten || idle || IsFull());
            }
        }
        if (wake)
            _wakeup.Set();
        if (message.Admission is not { } admission)
            return;
        using CancellationTokenRegistration cancelled = cancel.UnsafeRegister((_, token) => Withdraw(message, token), null);
        await admission.Task;
    }

    /// <summary>All that is accepted by now goes without waiting for company. Gives it.</summary>
    public IReadOnlyList<Buffered> Flush()
    {
        lock (_lock)
        {
            _flushed = _surroundings.Now;
            _wakeup.Set();
            return [.. _pending];
        }
    }

    /// <summary>From here nothing waits for company.</summary>
    public void Hasten()
    {
        lock (_lock)
            _hasten = true;
        _wakeup.Set();
    }

    /// <summary>Accepts nothing more, and ends when all that was accepted has its result: at the latest when what gives up is cancelled.</summary>
    public async Task StopAsync()
    {
        Buffered[] outside;
        lock (_lock)
        {
            (_closed, _hasten) = (true, true);
            outside = [.. _outside];
            _outside.Clear();
        }
        Array.ForEach(outside, message => message.Admission!.TrySetException(Closed()));
        _wakeup.Set();
        using (_giveUp.UnsafeRegister(static buffer => ((SendBuffer)buffer!)._wakeup.Set(), this))
            await _loop;
        if (_unsentAtStop > 0)
            _logger.BufferLeft(_unsentAtStop, _name);
    }

    public void Dispose() => _wakeup.Dispose();

    private async Task RunAsync()
    {
        while (true)
        {
            while (TakeBatch() is { } batch)
                _open.Add(SendAsync(batch));
            _open.RemoveAll(static send => send.IsCompleted);
            if (_giveUp.IsCancellationRequested)
                GiveUp();
            TimeSpan until;
            lock (_lock)
            {
                if (_closed && _pending.Count == 0)
                    break;
                until = NextLook();
            }
            await _wakeup.WaitAsync(until);
        }
        await Task.WhenAll(_open);
    }

    private async Task SendAsync(List<Buffered> batch)
    {
        TimeSpan called = _surroundings.Now;
        SendCallEnd end;
        using (SendTrace trace = SendTrace.Start(_name, _logger, batch.Select(static b => b.Caller).Where(static c => c != default).Distinct().Select(static c => new ActivityLink(c))))
        {
            end = await SendCall.RunAsync((entries, answers, _) => _queue.SendBatchAsync(entries, answers, CallLimit, _giveUp), batch, CancellationToken.None);
            trace.Ended(batch.ConvertAll(static b => b.Message));
        }
        TimeSpan pause = TimeSpan.Zero;
        if (SqsFailure.OfAll([.. batch.Select(static b => b.Message.Answer.Failure)]) is { } none)
            pause = _trouble.Met(none, called);
        else
            _trouble.Over();
        Answered(batch, end, pause);
    }

    private void Answered(List<Buffered> batch, SendCallEnd end, TimeSpan pause)
    {
        TimeSpan now = _surroundings.Now;
        List<Buffered> sent = batch.FindAll(static b => b.Message.Answer.Id is not null);
        List<Buffered> failed = [], again = [], admitted;
        lock (_lock)
        {
            _sends--;
            sent.ForEach(_line.Confirmed);
            foreach (Buffered message in batch.Where(static b => b.Message.Failed))
            {
                if (end == SendCallEnd.Refused && batch.Count > 1)
                {
                    message.Alone = true;
                    _line.Again(message);
                    continue;
                }
                message.Failures++;
                if (message.Message.Answer.Failure!.Retryable && now - message.Tried < _options.TryFor && !_giveUp.IsCancellationRequested)
                    again.Add(message);
                else
                    Lose(message, failed);
            }
            Repeat(again, now, pause);
            if (_trouble.TriedFor >= _options.TryFor)
                LoseOverdue(batch[0].Message.Answer, now, failed);
            admitted = Ended([.. sent, .. failed]);
        }
        foreach (Buffered message in sent)
            message.Sent(message.Message.Answer.Id);
        Fail(failed);
        Admit(admitted);
    }

    // The stop's time is over.
    private void GiveUp()
    {
        List<Buffered> left, admitted;
        lock (_lock)
        {
            left = _line.Clear();
            left.ForEach(static message => message.Message.Answer = SendAnswer.Failed(Stopped));
            admitted = Ended(left);
        }
        Fail(left);
        Admit(admitted);
    }

    private void Fail(List<Buffered> failed)
    {
        if (failed.Count == 0)
            return;
        if (_giveUp.IsCancellationRequested)
            Interlocked.Add(ref _unsentAtStop, failed.Count);
        else
            _logger.BufferFailed(failed.Count, _name, failed[0].Message.Answer.Failure!.Reason);
        foreach (Buffered message in failed)
            message.Fail(new SendFailedException($"A buffered message could not be sent to '{_name}': {message.Message.Answer.Failure!.Reason}.", [message.Body]));
    }

    private void Admit(List<Buffered> admitted)
    {
        foreach (Buffered message in admitted)
            message.Admission!.TrySetResult();
        _wakeup.Set();
    }

    private void Withdraw(Buffered message, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (!_outside.Remove(message))
                return;
        }
        message.Admission!.TrySetCanceled(cancel);
    }

    private InvalidOperationException Closed() => new($"The host has stopped: the buffer of '{_name}' accepts nothing more.");

    // --- Below: called under the lock ---

    private List<Buffered>? TakeBatch()
    {
        lock (_lock)
        {
            TimeSpan now = _surroundings.Now;
            _line.Refresh(now);
            if (_line.Ready == 0 || _sends >= MostSends || now < _pausedUntil || now < GoesAt() || _giveUp.IsCancellationRequested)
                return null;
            _sends++;
            return _line.Take(now);
        }
    }

    private void Lose(Buffered message, List<Buffered> failed)
    {
        failed.Add(message);
        failed.AddRange(_line.Lost(message));
    }

    // Where nothing has gone for so long, it is not for each to find that out by itself.
    private void LoseOverdue(SendAnswer answer, TimeSpan now, List<Buffered> failed)
    {
        while (_line.First is { } first && now - first.Added >= _options.TryFor)
        {
            _line.RemoveFirst();
            first.Message.Answer = answer;
            Lose(first, failed);
        }
    }

    /// <param name="pause">The pause after a call that failed as a whole; none after one of which single entries failed.</param>
    private void Repeat(List<Buffered> again, TimeSpan now, TimeSpan pause)
    {
        foreach (Buffered message in again)
            _line.Again(message, pause > TimeSpan.Zero ? null : now + Pause(PauseOf(message)));
        if (again.Count > 0 && pause > TimeSpan.Zero)
            _pausedUntil = now + Pause(pause);
    }

    private TimeSpan Pause(TimeSpan pause) => pause < LongestPause ? pause : LongestPause * (0.5 + _surroundings.Dice() / 2);

    private static TimeSpan PauseOf(Buffered message) => FirstPause * Math.Pow(2, Math.Min(message.Failures - 1, 10));

    // In trouble one finds out whether it is over.
    private int MostSends => _trouble.Last is not null ? 1 : SendsAtOnce;

    private TimeSpan NextLook()
    {
        if (_sends >= MostSends)
            return TimeSpan.MaxValue;
        if (_line.Ready == 0)
            return _line.AgainAt;
        TimeSpan at = GoesAt();
        at = at > _pausedUntil ? at : _pausedUntil;
        return at < _line.AgainAt ? at : _line.AgainAt;
    }

    private TimeSpan GoesAt()
    {
        Buffered first = _line.First!;
        return BufferSchedule.GoesAt(IsFull(), _hasten || first.Added <= _flushed, _sends, first.Added, _options.Linger);
    }

    private bool IsFull() => _line.Ready >= SqsLimits.Batch || _line.ReadyBytes >= SqsLimits.PayloadBytes;

    // One that is larger than all the room goes through alone.
    private bool HasRoom(Buffered message) =>
        _pending.Count == 0 || (_pending.Count < _options.Capacity && _bytes + message.Message.Size <= _options.CapacityBytes);

    private void Accept(Buffered message)
    {
        message.Added = _surroundings.Now;
        _line.Add(message);
        _pending.Add(message);
        _bytes += message.Message.Size;
    }

    // Those that have a result make room for those that wait outside, in their order.
    private List<Buffered> Ended(IReadOnlyCollection<Buffered> messages)
    {
        foreach (Buffered message in messages)
        {
            _pending.Remove(message);
            _bytes -= message.Message.Size;
        }
        List<Buffered> admitted = [];
        while (_outside.First is { } first && HasRoom(first.Value))
        {
            _outside.RemoveFirst();
            Accept(first.Value);
            admitted.Add(first.Value);
        }
        return admitted;
    }
}
