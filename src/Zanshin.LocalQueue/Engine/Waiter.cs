namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// A receive that waits for messages. The queue takes messages for it under its lock, and whoever caused that calls
/// <see cref="Complete"/> after leaving every lock; where the answer is then written is the transport's choice.
/// </summary>
internal abstract class Waiter
{
    protected Waiter() => Node = new(this);

    // ---- guarded by the queue's lock ----

    internal ReceiveAsk? Ask;
    internal long Deadline;
    internal long Number;
    internal int Place = -1;

    internal LinkedListNode<Waiter> Node { get; }

    /// <summary>Called exactly once unless the wait was cancelled, by any thread, with no lock held.</summary>
    internal abstract void Complete(ReceiveOutcome outcome);

    /// <summary>Orders waiting receives by when they give up.</summary>
    internal readonly struct ByDeadline : IHeapOrder<Waiter>
    {
        public static long Due(Waiter item) => item.Deadline;

        public static long Tie(Waiter item) => item.Number;

        public static ref int Place(Waiter item) => ref item.Place;
    }
}
