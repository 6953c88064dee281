using System.Threading.RateLimiting;

namespace Zanshin.Dispatching;

/// <summary>What a run holds of a limiter.</summary>
internal readonly record struct Permit(LimiterThrottle Limiter, RateLimitLease Lease)
{
    /// <summary>The run has ended. Called under the dispatchers' lock.</summary>
    public void GiveBack() => Limiter.GiveBack(Lease);
}
