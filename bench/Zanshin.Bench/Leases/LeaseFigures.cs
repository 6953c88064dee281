namespace Zanshin.Bench.Leases;

/// <summary>One round: so many extensions in so many calls, the time of both together and of the calls alone, and their allocations.</summary>
internal sealed record LeaseFigures(long Extended, long Sent, TimeSpan Kept, TimeSpan Calls, long KeptBytes, long CallBytes, long HeldBytes)
{
    public double OwnMicroseconds => (Kept - Calls).TotalMicroseconds / Extended;
}
