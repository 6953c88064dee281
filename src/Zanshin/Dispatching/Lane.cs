namespace Zanshin.Dispatching;

/// <summary>
/// The messages of one group of a FIFO queue, in order, one at a time. It exists while it has messages.
/// Guarded by the dispatcher's lock.
/// </summary>
internal sealed class Lane(string group)
{
    public string Group => group;

    /// <summary>The one whose turn it is: running, waiting for a slot or for its local retry, or being given back. The others stand behind it.</summary>
    public Delivery? Current { get; set; }

    public Queue<Delivery> Behind { get; } = new();
}
