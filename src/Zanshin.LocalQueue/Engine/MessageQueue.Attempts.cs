namespace Zanshin.LocalQueue.Engine;

internal sealed partial class MessageQueue
{
    /// <summary>
    /// The messages a receive with the same attempt id was given, hidden anew, under the same receipt handles; null when there was
    /// none in five minutes, or when one of them has since been deleted, shown, changed or received again.
    /// </summary>
    private ReceivedMessage[]? Replay(ReceiveAsk ask, long now)
    {
        if (ask.AttemptId is null || !_attempts.TryGet(ask.AttemptId, out var entry)) return null;
        foreach (var (key, number) in entry.Given)
        {
            if (!_messages.TryGetValue(key, out var message) || message.State != MessageState.InFlight
                || message.ReceiveNumber != number || message.VisibilityChanged) return null;
        }

        var hide = ask.VisibilityTicks ?? (_settings.VisibilityTimeoutSeconds * TimeSpan.TicksPerSecond);
        return Array.ConvertAll(entry.Given, given =>
        {
            var message = _messages[given.Key];
            message.VisibleAt = now + hide;
            _hidden.Update(message);
            Engine.Journal.Append(JournalEntry.Lease(this, message));
            return new ReceivedMessage(message, message.ReceiveNumber, message.ReceiveCount, message.FirstReceivedAt);
        });
    }

    private void Remember(ReceiveAsk ask, ReceivedMessage[] messages, long now)
    {
        if (ask.AttemptId is null) return;
        var given = Array.ConvertAll(messages, m => (m.Message.Key, m.ReceiveNumber));
        var entry = new AttemptEntry(ask.AttemptId, given, now + SqsLimits.DeduplicationTicks);
        _attempts.Add(entry);
        Engine.Journal.Append(new() { Kind = JournalKind.Attempt, Queue = this, Attempt = entry });
    }
}
