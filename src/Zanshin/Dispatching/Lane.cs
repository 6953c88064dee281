namespace Zanshin.Dispatching;

/// <summary>
/// The messages of one group of a FIFO queue, in order, one run at a time. It exists while it has messages.
/// Guarded by the dispatcher's lock.
/// </summary>
internal sealed class Lane(string group)
{
    public string Group => group;

    /// <summary>The one whose turn it is: running, waiting for a slot or for its local retry, or being given back. The others stand behind it.</summary>
    public Delivery? Current { get; set; }

    public Queue<Delivery> Behind { get; private set; } = new();

    /// <summary>They were taken along by a run and are not done: their place is before all others.</summary>
    public void PutInFront(IEnumerable<Delivery> deliveries) => Behind = new Queue<Delivery>(deliveries.Concat(Behind));
}
