namespace Zanshin.LocalQueue.Engine;

internal sealed partial class MessageQueue
{
    /// <summary>
    /// Deletes by receipt handle; one answer per handle, null for success. A handle whose message is gone, or was received again, succeeds
    /// on a standard queue and deletes nothing.
    /// </summary>
    internal SqsError?[] Delete(ReadOnlySpan<string> handles)
    {
        var after = default(AfterLock);
        var errors = new SqsError?[handles.Length];
        lock (_lock)
        {
            var now = Refresh();
            for (var i = 0; i < handles.Length; i++) errors[i] = DeleteLocked(handles[i]);
            // On a FIFO queue a delete can free a group; on a full queue it makes room in flight.
            Serve(now, ref after);
        }

        after.Run(this);
        return errors;
    }

    private SqsError? DeleteLocked(string text)
    {
        if (_deleted) return SqsError.NoSuchQueue();
        if (!TryRead(text, out var handle)) return SqsError.NotAHandle(text);
        if (!_messages.TryGetValue(handle.Key, out var message)) return null;
        var current = message.ReceiveNumber == handle.ReceiveNumber;
        if (Fifo && !(current && message.State == MessageState.InFlight)) return SqsError.HandleExpired(text);
        // An expired handle still deletes on a standard queue, as long as nobody has received the message since.
        if (current) Drop(message);
        return null;
    }

    /// <summary>Changes visibility timeouts; one answer per handle, null for success.</summary>
    internal SqsError?[] ChangeVisibility(ReadOnlySpan<(string Handle, int Seconds)> changes)
    {
        var after = default(AfterLock);
        var errors = new SqsError?[changes.Length];
        lock (_lock)
        {
            var now = Refresh();
            for (var i = 0; i < changes.Length; i++) errors[i] = ChangeLocked(changes[i].Handle, changes[i].Seconds, now);
            Serve(now, ref after);
        }

        after.Run(this);
        return errors;
    }

    private SqsError? ChangeLocked(string text, int seconds, long now)
    {
        if (_deleted) return SqsError.NoSuchQueue();
        if (!TryRead(text, out var handle)) return SqsError.NotAHandle(text);
        if (!_messages.TryGetValue(handle.Key, out var message)) return SqsError.NotInFlight(text);
        // A lease that has ended is not told: on a standard queue the call succeeds and changes nothing.
        if (message.ReceiveNumber != handle.ReceiveNumber || message.State != MessageState.InFlight) return Fifo ? SqsError.NotInFlight(text) : null;
        var visibleAt = now + (seconds * TimeSpan.TicksPerSecond);
        if (visibleAt > message.ReceivedAt + (SqsLimits.VisibilitySeconds * TimeSpan.TicksPerSecond))
        {
            return SqsError.Invalid("VisibilityTimeout", seconds, $"Total VisibilityTimeout for the message is beyond the limit [{SqsLimits.VisibilitySeconds} seconds]");
        }

        message.VisibleAt = visibleAt;
        message.VisibilityChanged = true;
        if (seconds == 0)
        {
            _hidden.Remove(message);
            Show(message);
        }
        else
        {
            _hidden.Update(message);
        }

        Engine.Journal.Append(JournalEntry.Lease(this, message));
        return null;
    }

    private bool TryRead(string text, out ReceiptHandle handle) => ReceiptHandle.TryParse(text, out handle) && handle.QueueTag == Identity.Tag;
}
