using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>
/// The bounded buffer of one queue. One loop owns the sending: up to four batches at a time; on a FIFO queue one, with one message of each group, so that order is
/// kept: of two in one call, the first may fail and the second be taken. What fails
/// and may succeed goes back to the front until its time is over: a single entry after a pause of its own, a whole call, and on a FIFO queue
/// whatever failed, after a pause of the queue.
/// </summary>
internal sealed class SendBuffer : IDisposable
{
    private const int SendsAtOnce = 4;
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly SqsFailure Behind = new(SqsFailureKind.Refused, "one before it of its group could not be sent");
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
    private readonly LinkedList<Buffered> _gathered = []; // accepted, in order
    private readonly DeadlineHeap<Buffered> _again = new(); // single entries that failed and wait, each by itself
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
                Accept(message);
                wake = _hasten || _gathered.Count == 1 || IsFull();
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
        var answers = new SendAnswer[batch.Count];
        TimeSpan called = _surroundings.Now;
        using (SendTrace trace = SendTrace.Start(_name, _logger, batch.Select(static b => b.Caller).Where(static c => c != default).Distinct().Select(static c => new ActivityLink(c))))
        {
            try
            {
                await _queue.SendBatchAsync(Entries(batch), answers, CallLimit);
            }
            catch (Exception exception)
            {
                Array.Fill(answers, SendAnswer.Failed(SqsFailure.Of(exception)));
            }
            for (int i = 0; i < answers.Length; i++)
                batch[i].Draft.Answer = answers[i];
            trace.Ended(batch.ConvertAll(static b => b.Draft));
        }
        TimeSpan pause = TimeSpan.Zero;
        if (SqsFailure.OfAll(Array.ConvertAll(answers, static a => a.Failure)) is { } none)
            pause = _trouble.Met(none, called);
        else
            _trouble.Over();
        Answered(batch, pause);
    }

    private static List<Amazon.SQS.Model.SendMessageBatchRequestEntry> Entries(List<Buffered> batch)
    {
        for (int i = 0; i < batch.Count; i++)
            batch[i].Draft.Entry.Id = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return batch.ConvertAll(static b => b.Draft.Entry);
    }

    private void Answered(List<Buffered> batch, TimeSpan pause)
    {
        TimeSpan now = _surroundings.Now;
        List<Buffered> sent = batch.FindAll(static b => b.Draft.Answer.Id is not null);
        List<(Buffered Message, SqsFailure Failure)> failed = [];
        List<Buffered> again = [], admitted;
        foreach (Buffered message in batch.Where(static b => b.Draft.Failed))
        {
            message.Failures++;
            SqsFailure failure = message.Draft.Answer.Failure!;
            if (failure.Retryable && now - message.Tried < _options.TryFor && !_giveUp.IsCancellationRequested)
                again.Add(message);
            else
                failed.Add((message, failure));
        }
        lock (_lock)
        {
            _sends--;
            if (_trouble.TriedFor >= _options.TryFor)
                TakeOverdue(failed, batch[0].Draft.Answer.Failure!, now);
            if (_queue.Facts.Fifo)
                TakeGroupsOf(failed, again);
            Repeat(again, now, pause);
            admitted = Ended([.. sent, .. failed.Select(static f => f.Message)]);
        }
        foreach (Buffered message in sent)
            message.TrySetResult(message.Draft.Answer.Id);
        Fail(failed);
        Admit(admitted);
    }

    // What stands behind a message of its group that is lost would overtake it.
    private void TakeGroupsOf(List<(Buffered Message, SqsFailure Failure)> failed, List<Buffered> again)
    {
        HashSet<string?> groups = [.. failed.Select(static f => f.Message.Draft.Entry.MessageGroupId)];
        if (groups.Count == 0)
            return;
        foreach (Buffered message in again.Concat(_gathered).Where(b => groups.Contains(b.Draft.Entry.MessageGroupId)).ToArray())
        {
            failed.Add((message, Behind));
            again.Remove(message);
            _gathered.Remove(message);
        }
    }

    // Where nothing has gone for so long, it is not for each to find that out by itself.
    private void TakeOverdue(List<(Buffered Message, SqsFailure Failure)> failed, SqsFailure failure, TimeSpan now)
    {
        while (_gathered.First is { } first && now - first.Value.Added >= _options.TryFor)
        {
            failed.Add((first.Value, failure));
            _gathered.RemoveFirst();
        }
    }

    /// <param name="pause">The pause after a call that failed as a whole; none after one of which single entries failed.</param>
    private void Repeat(List<Buffered> again, TimeSpan now, TimeSpan pause)
    {
        if (pause == TimeSpan.Zero && !_queue.Facts.Fifo)
        {
            foreach (Buffered message in again)
                _again.Set(message, now + Pause(PauseOf(message)));
            return;
        }
        for (int i = again.Count - 1; i >= 0; i--)
            _gathered.AddFirst(again[i]);
        if (again.Count > 0)
            _pausedUntil = now + Pause(pause > TimeSpan.Zero ? pause : again.Max(PauseOf));
    }

    private TimeSpan Pause(TimeSpan pause) => pause < LongestPause ? pause : LongestPause * (0.5 + _surroundings.Dice() / 2);

    private static TimeSpan PauseOf(Buffered message) => FirstPause * Math.Pow(2, Math.Min(message.Failures - 1, 10));

    // The stop's time is over.
    private void GiveUp()
    {
        List<(Buffered Message, SqsFailure Failure)> left;
        List<Buffered> admitted;
        lock (_lock)
        {
            left = [.. _gathered.Select(static message => (message, Stopped))];
            _gathered.Clear();
            for (; _again.Count > 0; _again.Remove(_again.First))
                left.Add((_again.First, Stopped));
            admitted = Ended([.. left.Select(static l => l.Message)]);
        }
        Fail(left);
        Admit(admitted);
    }

    private void Fail(List<(Buffered Message, SqsFailure Failure)> failed)
    {
        if (failed.Count == 0)
            return;
        if (_giveUp.IsCancellationRequested)
            Interlocked.Add(ref _unsentAtStop, failed.Count);
        else
            _logger.BufferFailed(failed.Count, _name, failed[0].Failure.Reason);
        foreach ((Buffered message, SqsFailure failure) in failed)
            message.Fail(new SendFailedException($"A buffered message could not be sent to '{_name}': {failure.Reason}.", [message.Body]));
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
            while (_again.Earliest <= now)
            {
                _gathered.AddFirst(_again.First);
                _again.Remove(_again.First);
            }
            if (_gathered.Count == 0 || _sends >= MostSends || now < _pausedUntil || now < GoesAt() || _giveUp.IsCancellationRequested)
                return null;
            List<Buffered> batch = new(SqsLimits.Batch);
            HashSet<string?>? groups = _queue.Facts.Fifo ? [] : null;
            long bytes = 0;
            for (LinkedListNode<Buffered>? next, node = _gathered.First; node is not null && batch.Count < SqsLimits.Batch; node = next)
            {
                next = node.Next;
                Buffered message = node.Value;
                if (groups?.Add(message.Draft.Entry.MessageGroupId) == false)
                    continue;
                if (batch.Count > 0 && bytes + message.Draft.Size > SqsLimits.PayloadBytes)
                    break;
                message.Tried ??= now;
                batch.Add(message);
                bytes += message.Draft.Size;
                _gathered.Remove(node);
            }
            _sends++;
            return batch;
        }
    }

    // In trouble one finds out whether it is over.
    private int MostSends => _queue.Facts.Fifo || _trouble.Last is not null ? 1 : SendsAtOnce;

    private TimeSpan NextLook()
    {
        if (_sends >= MostSends)
            return TimeSpan.MaxValue;
        if (_gathered.Count == 0)
            return _again.Earliest;
        TimeSpan at = GoesAt();
        at = at > _pausedUntil ? at : _pausedUntil;
        return at < _again.Earliest ? at : _again.Earliest;
    }

    private TimeSpan GoesAt()
    {
        Buffered first = _gathered.First!.Value;
        return BufferSchedule.GoesAt(IsFull(), _hasten || first.Added <= _flushed, _sends, first.Added, _options.Linger);
    }

    private bool IsFull()
    {
        if (_gathered.Count >= SqsLimits.Batch)
            return true;
        long bytes = 0;
        foreach (Buffered message in _gathered)
            bytes += message.Draft.Size;
        return bytes >= SqsLimits.PayloadBytes;
    }

    // One that is larger than all the room goes through alone.
    private bool HasRoom(Buffered message) =>
        _pending.Count == 0 || (_pending.Count < _options.Capacity && _bytes + message.Draft.Size <= _options.CapacityBytes);

    private void Accept(Buffered message)
    {
        message.Added = _surroundings.Now;
        _gathered.AddLast(message);
        _pending.Add(message);
        _bytes += message.Draft.Size;
    }

    // Those that have a result make room for those that wait outside, in their order.
    private List<Buffered> Ended(IReadOnlyCollection<Buffered> messages)
    {
        foreach (Buffered message in messages)
        {
            _pending.Remove(message);
            _bytes -= message.Draft.Size;
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
