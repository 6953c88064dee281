using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Dispatching;

/// <summary>
/// A limiter of the application's, which may take its time: it is asked outside of the lock, one question at a time, and whoever wanted to start is told when
/// the answer is there.
/// <list type="number">
/// <item>An answer within <see cref="Quick"/> is waited for, so that turns go as if it had come at once.</item>
/// <item>For one that takes longer a slot is kept, and turns go on without the queue.</item>
/// <item>After <see cref="Hanging"/> nothing is kept for it any more. What needs this limiter waits; nothing else does.</item>
/// </list>
/// A permit that was given and could not be used yet is kept for the next start where permits come by time; where they come back, others wait for it, and it
/// goes back at once. All but <see cref="Ask"/> is guarded by the dispatchers' lock.
/// </summary>
internal sealed class LimiterThrottle : Throttle, IDisposable
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(10);

    /// <summary>One that was slow is taken for slow for so long: its questions hold up nobody's turn.</summary>
    private static readonly TimeSpan StaysSlow = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Hanging = TimeSpan.FromSeconds(1);

    /// <summary>After so long without an answer it is told to people.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(5);

    /// <summary>Where the limiter does not say when to ask again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly RateLimiter _limiter;
    private readonly Lock _lock;
    private readonly Surroundings _surroundings;
    private readonly ILogger _logger;
    private readonly OutsideCalls _calls;
    private readonly ITimer _timer;
    private readonly List<Dispatcher> _groups = [];
    private readonly List<QueueLine> _waiting = []; // for its answer
    private RateLimitLease? _permit;
    private TimeSpan? _askedAt; // while a question is under way
    private TimeSpan _refusesUntil = TimeSpan.MinValue;
    private TimeSpan _slowUntil = TimeSpan.MinValue;
    private bool _cameBack; // a permit, since it was asked
    private bool _looks; // the timer is set

    // Used by the calls outside of the lock only.
    private bool _failed;
    private bool _dropFailed;

    /// <param name="dispatchers">Their lock.</param>
    public LimiterThrottle(RateLimiter limiter, Lock dispatchers, Surroundings surroundings, ILogger logger)
    {
        (_limiter, _lock, _surroundings, _logger) = (limiter, dispatchers, surroundings, logger);
        _calls = new OutsideCalls(surroundings);
        _timer = surroundings.Timer(static throttle => ((LimiterThrottle)throttle!).Look(), this);
    }

    /// <summary>Whether its permits are given back to be used again, as far as it is known.</summary>
    public bool GetsBack => _limiter is not ReplenishingRateLimiter;

    /// <summary>Completed when the limiter has answered and has what it gets back.</summary>
    public Task Answered => _calls.Made;

    public void Dispose() => _timer.Dispose();

    /// <summary>Queues of this group start by it.</summary>
    public void Tell(Dispatcher group)
    {
        if (!_groups.Contains(group))
            _groups.Add(group);
    }

    public override Allowance Allows(QueueLine line, TimeSpan now, out TimeSpan again)
    {
        again = _refusesUntil;
        if (_permit is not null)
            return Allowance.Granted;
        if (_refusesUntil > now)
            return Allowance.Refused;
        if (_askedAt is null)
        {
            (_askedAt, _cameBack) = (now, false);
            _calls.Post(Ask);
            LookIn(Quick);
        }
        line.Asks = this;
        _waiting.Add(line);
        return Allowance.Asked;
    }

    /// <summary>Whether its answer is not to be waited for by others than those who need it.</summary>
    public bool IsSlow(TimeSpan now) => _slowUntil > now || IsOutFor(Quick, now);

    /// <summary>Whether nothing is kept for its answer any more.</summary>
    public bool Hangs(TimeSpan now) => IsOutFor(Hanging, now);

    public override Permit? Take()
    {
        if (_permit is not { } permit)
            return null;
        _permit = null;
        return new Permit(this, permit);
    }

    public void GiveBack(RateLimitLease lease)
    {
        (_refusesUntil, _cameBack) = (TimeSpan.MinValue, true);
        _calls.Post(() => GiveBackNow(lease));
    }

    public override void Wait()
    {
        if (GetsBack)
            Drop();
    }

    public override void Drop()
    {
        if (Take() is { } permit)
            _calls.Post(() => GiveBackNow(permit.Lease));
    }

    /// <summary>A limit has changed.</summary>
    public void ForgetRefusal() => _refusesUntil = TimeSpan.MinValue;

    // Outside of the lock.
    private void Ask()
    {
        RateLimitLease? permit = null;
        TimeSpan after = Pause;
        try
        {
            RateLimitLease lease = _limiter.AttemptAcquire();
            if (lease.IsAcquired)
            {
                permit = lease;
            }
            else
            {
                if (lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan retryAfter) && retryAfter > Pause)
                    after = retryAfter;
                lease.Dispose();
            }
            _failed = false;
        }
        catch (Exception exception)
        {
            after = AfterFailure;
            // Once: a limiter that fails holds up its queues.
            if (!_failed)
                _logger.LimiterFailed(exception);
            _failed = true;
        }
        lock (_lock)
            Answer(permit, after < Longest ? after : Longest);
    }

    private void Answer(RateLimitLease? permit, TimeSpan after)
    {
        TimeSpan now = _surroundings.Now;
        if (IsOutFor(Quick, now))
            _slowUntil = now + StaysSlow;
        (_permit, _askedAt) = (permit, null);
        // What has come back meanwhile may not have been seen.
        _refusesUntil = permit is not null || _cameBack ? TimeSpan.MinValue : now + after;
        foreach (QueueLine line in _waiting)
            line.Dispatcher.Answered(line);
        _waiting.Clear();
        foreach (Dispatcher group in _groups)
            group.Go();
        if (!_groups.Exists(group => group.Keeps(this)))
            Drop();
    }

    private void GiveBackNow(RateLimitLease lease)
    {
        try
        {
            lease.Dispose();
        }
        catch (Exception exception)
        {
            // Once, as above.
            if (!_dropFailed)
                _logger.LimiterFailed(exception);
            _dropFailed = true;
        }
    }

    private bool IsOutFor(TimeSpan time, TimeSpan now) => _askedAt is { } at && now - at >= time;

    // A question may have come to its next stage: those who waited for the answer are to go on without it.
    private void Look()
    {
        string? silentFor = null;
        lock (_lock)
        {
            _looks = false;
            if (_askedAt is not { } at)
                return;
            TimeSpan now = _surroundings.Now, outFor = now - at;
            if (outFor < Silent)
                LookIn((outFor < Quick ? Quick : outFor < Hanging ? Hanging : Silent) - outFor);
            else
                silentFor = string.Join(", ", _waiting.Select(static line => line.Name));
            foreach (QueueLine line in _waiting)
            {
                if (outFor >= Hanging)
                    line.Dispatcher.GoOnWithout(line);
            }
            foreach (Dispatcher group in _groups)
                group.Go();
        }
        if (silentFor is not null)
            _logger.LimiterSilent(silentFor, Silent);
    }

    private void LookIn(TimeSpan time)
    {
        if (_looks)
            return;
        _looks = true;
        // Timers cut off what is less than a millisecond.
        _timer.Change(time + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }
}
