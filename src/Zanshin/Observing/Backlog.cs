namespace Zanshin.Observing;

/// <summary>What SQS last said of one queue's messages. Thread-safe.</summary>
internal sealed class Backlog(TimeSpan keptFor)
{
    private readonly Lock _lock = new(); // guards both
    private QueueBacklog? _read;
    private TimeSpan _at;
    private TimeSpan? _since; // visible messages in every answer

    public void Read(QueueBacklog read, TimeSpan now)
    {
        lock (_lock)
        {
            // After answers that are missing, what there was before says nothing.
            if (_read is null || now - _at > keptFor || read.Visible == 0)
                _since = null;
            (_read, _at) = (read, now);
            if (read.Visible > 0)
                _since ??= now;
        }
    }

    /// <summary>Null before the first answer, and when the last is too old.</summary>
    /// <param name="lastStart">When the worker last started a message of the queue.</param>
    public QueueBacklog? Look(TimeSpan lastStart, TimeSpan now)
    {
        lock (_lock)
        {
            if (_read is null || now - _at > keptFor)
                return null;
            TimeSpan stalled = _since is { } since ? now - (lastStart > since ? lastStart : since) : TimeSpan.Zero;
            return _read with { Age = now - _at, StalledFor = stalled > TimeSpan.Zero ? stalled : TimeSpan.Zero };
        }
    }
}
