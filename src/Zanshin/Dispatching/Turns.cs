namespace Zanshin.Dispatching;

/// <summary>Who of the queues that want a turn has the next: to start a run, or to receive. Guarded by the dispatcher's lock.</summary>
internal abstract class Turns
{
    public abstract int Count { get; }

    /// <summary>Whether some queues go before others whenever they can.</summary>
    public abstract bool Ranks { get; }

    /// <summary>The queue wants a turn. One that does already keeps its place.</summary>
    public abstract void Add(QueueLine line);

    public abstract void Remove(QueueLine line);

    /// <summary>Whose turn it is; null when nobody wants one. It costs nothing until it is taken.</summary>
    public abstract QueueLine? First(TimeSpan now);

    /// <summary>The queue has had a turn, whoever was first.</summary>
    public abstract void Took(QueueLine line);

    /// <summary>The queue's weight has changed.</summary>
    public abstract void Reweigh(QueueLine line);

    public abstract bool Outranks(QueueLine line, QueueLine other, TimeSpan now);
}
