namespace Zanshin.Dispatching;

/// <summary>A limit to how often something may start. Guarded by the dispatchers' lock; one may stand for several queues.</summary>
internal abstract class Throttle
{
    /// <summary>Whether a start of this queue is allowed now: then it must be taken, or asked for again later.</summary>
    /// <param name="again">When to ask again, if it is refused.</param>
    public abstract Allowance Allows(QueueLine line, TimeSpan now, out TimeSpan again);

    /// <summary>Takes the start that was allowed; what is returned is given back when the run has ended.</summary>
    public abstract Permit? Take();

    /// <summary>How many starts it will allow within <paramref name="time"/>, as far as it is known.</summary>
    public virtual double Soon(TimeSpan now, TimeSpan time) => double.PositiveInfinity;

    /// <summary>Another limit refuses the start that this one has allowed: it is taken later.</summary>
    public virtual void Wait()
    {
    }

    /// <summary>Lets go of a start that was allowed and not taken.</summary>
    public virtual void Drop()
    {
    }
}
