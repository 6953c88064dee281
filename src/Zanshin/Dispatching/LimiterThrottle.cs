using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;

namespace Zanshin.Dispatching;

/// <summary>
/// A limiter of the application's. A permit that was given and could not be used yet is kept for the next start where permits come by time; where they come
/// back, others wait for it, and it goes back at once.
/// </summary>
internal sealed class LimiterThrottle(RateLimiter limiter, ILogger logger) : Throttle
{
    /// <summary>Where the limiter does not say when to ask again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private RateLimitLease? _permit;
    private bool _failed;
    private bool _dropFailed;

    /// <summary>Whether its permits are given back to be used again, as far as it is known.</summary>
    public bool GetsBack => limiter is not ReplenishingRateLimiter;

    public override bool Allows(TimeSpan now, out TimeSpan again)
    {
        again = now + Pause;
        if (_permit is not null)
            return true;
        try
        {
            RateLimitLease lease = limiter.AttemptAcquire();
            _failed = false;
            if (lease.IsAcquired)
            {
                _permit = lease;
                return true;
            }
            if (lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan after) && after > Pause)
                again = now + after;
            lease.Dispose();
        }
        catch (Exception exception)
        {
            again = now + AfterFailure;
            // Once, though under the lock: a limiter that fails holds up its queues.
            if (!_failed)
                logger.LimiterFailed(exception);
            _failed = true;
        }
        return false;
    }

    public override IDisposable? Take()
    {
        RateLimitLease? permit = _permit;
        _permit = null;
        return permit;
    }

    public override void Wait()
    {
        if (GetsBack)
            Drop();
    }

    public override void Drop()
    {
        try
        {
            Take()?.Dispose();
        }
        catch (Exception exception)
        {
            // Once, as above.
            if (!_dropFailed)
                logger.LimiterFailed(exception);
            _dropFailed = true;
        }
    }
}
