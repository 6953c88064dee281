namespace Zanshin.Leasing;

/// <summary>
/// Who has a lease and hears of its moments. Called by the lease loop, outside its lock; must neither block nor throw.
/// </summary>
internal interface ILeaseHolder
{
    /// <summary>The right to the message is gone: not extended in time, refused by SQS, or at its 12 hours.</summary>
    void LeaseLost(LeaseLoss loss);

    void TimeLimitReached();

    /// <summary>The moment that <see cref="LeaseKeeper.WakeAt"/> was asked for.</summary>
    void Wake();
}
