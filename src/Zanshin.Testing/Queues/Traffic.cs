namespace Zanshin.Testing.Queues;

/// <summary>Receives and their messages between the queues and the clients. Counted up before counted down, so that nothing falls between. Thread-safe.</summary>
internal sealed class Traffic
{
    private long _openReceives;
    private long _handedOut;

    /// <summary>Receives that have come and are not answered, of all clients.</summary>
    public long OpenReceives => Interlocked.Read(ref _openReceives);

    /// <summary>Messages that have gone to the worker.</summary>
    public long HandedOut => Interlocked.Read(ref _handedOut);

    public void ReceiveOpens() => Interlocked.Increment(ref _openReceives);

    public void ReceiveEnded(int messages)
    {
        Interlocked.Add(ref _handedOut, messages);
        Interlocked.Decrement(ref _openReceives);
    }
}
