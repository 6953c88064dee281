namespace Zanshin.Dispatching;

/// <summary>
/// Of one run, what ends together: a single message, or the messages of one FIFO group in their order, whose retries must not
/// overtake each other.
/// </summary>
internal sealed class Part
{
    public Part(Delivery[] deliveries) => Deliveries = Ending = deliveries;

    public Delivery[] Deliveries { get; }

    public Lane? Lane => Deliveries[0].Lane;

    // Set by the dispatcher when the run ends.

    /// <summary>All of it is over: the next of its group may start at once.</summary>
    public bool GroupGoesOn { get; set; }

    /// <summary>The messages that are to be settled; the others keep their place in the lane for another run.</summary>
    public Delivery[] Ending { get; set; }

    /// <summary>Its first retry rests here, and the group with it.</summary>
    public bool Rests { get; set; }

    /// <summary>Nothing of its group is left here: SQS keeps the group locked until this is settled.</summary>
    public bool LastOfLane { get; set; }

    public static Part[] Split(Delivery[] deliveries) => deliveries[0].Lane is null
        ? Array.ConvertAll(deliveries, static d => new Part([d]))
        : [.. deliveries.GroupBy(static d => (object?)d.Lane ?? d).Select(static group => new Part([.. group]))];
}
