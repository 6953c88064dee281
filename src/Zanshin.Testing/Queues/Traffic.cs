namespace Zanshin.Testing.Queues;

/// <summary>Receives between all clients and the queues. Counted up only: who sees both counts stand still knows that none has come or gone. Thread-safe.</summary>
internal sealed class Traffic
{
    private long _opened;
    private long _ended;

    /// <summary>Receives that have come.</summary>
    public long Opened => Interlocked.Read(ref _opened);

    /// <summary>Of these, those that are answered.</summary>
    public long Ended => Interlocked.Read(ref _ended);

    public void ReceiveOpens() => Interlocked.Increment(ref _opened);

    public void ReceiveEnded() => Interlocked.Increment(ref _ended);
}
