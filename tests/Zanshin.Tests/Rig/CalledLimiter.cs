using System.Threading.RateLimiting;

namespace Zanshin.Tests.Rig;

/// <summary>A limiter that allows everything, after something was done: it blocks, or looks at the worker.</summary>
internal sealed class CalledLimiter(Action onAsk, Action? onGiveBack = null) : RateLimiter
{
    private int _out;

    /// <summary>Permits that were given and have not come back.</summary>
    public int Out => Volatile.Read(ref _out);

    public override TimeSpan? IdleDuration => null;

    public override RateLimiterStatistics? GetStatistics() => null;

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        onAsk();
        Interlocked.Increment(ref _out);
        return new Given(this);
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) => throw new NotSupportedException();

    private void Back()
    {
        onGiveBack?.Invoke();
        Interlocked.Decrement(ref _out);
    }

    private sealed class Given(CalledLimiter limiter) : RateLimitLease
    {
        public override bool IsAcquired => true;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            limiter.Back();
        }
    }
}
