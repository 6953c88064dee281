using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>
/// What SIGTSTP and SIGCONT do: the first makes the worker quiet, the second takes that back. SIGCONT also ends a SIGSTOP, and debuggers and <c>fg</c> send it; a process cannot
/// ask whether it was stopped. So while the worker is quiet by signal a pulse beats, and a SIGCONT that comes with a gap in it has only ended a stop. A stop
/// shorter than the gap is not seen. Thread-safe.
/// </summary>
internal sealed class QuietPulse : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    /// <summary>A beat that is late by so much has been kept from coming.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(2);

    private readonly ZanshinWorker _worker;
    private readonly Surroundings _surroundings;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _lock = new(); // guards all below
    private bool _quiet;
    private TimeSpan _lastBeat;
    private TimeSpan _gap; // the last that a beat has ended
    private TimeSpan _gapEnded;
    private bool _disposed;

    public QuietPulse(ZanshinWorker worker, Surroundings surroundings, ILogger logger)
    {
        (_worker, _surroundings, _logger) = (worker, surroundings, logger);
        _timer = surroundings.Timer(static pulse => ((QuietPulse)pulse!).OnBeat(), this);
    }

    public void Quiet()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            (_quiet, _lastBeat, _gap) = (true, _surroundings.Now, TimeSpan.Zero);
            _timer.Change(Beat, Beat);
        }
        _worker.QuietBySignal();
    }

    public void Continued()
    {
        TimeSpan stopped;
        lock (_lock)
        {
            if (_disposed || !_quiet)
                return;
            stopped = Stopped(_surroundings.Now);
            // Each gap is ended by one SIGCONT: the next is meant.
            (_gap, _lastBeat) = (TimeSpan.Zero, _surroundings.Now);
            if (stopped == TimeSpan.Zero)
            {
                _quiet = false;
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
        if (stopped == TimeSpan.Zero)
            _worker.ResumeBySignal();
        else
            _logger.StaysQuiet(stopped);
    }

    public void Dispose()
    {
        lock (_lock)
            _disposed = true;
        _timer.Dispose();
    }

    private void OnBeat()
    {
        lock (_lock)
        {
            TimeSpan now = _surroundings.Now;
            if (now - _lastBeat > Gap)
                (_gap, _gapEnded) = (now - _lastBeat, now);
            _lastBeat = now;
        }
    }

    // The beat may come before the signal is told of: of what the same waking brings, either may be first.
    private TimeSpan Stopped(TimeSpan now) =>
        now - _lastBeat > Gap ? now - _lastBeat
        : _gap > TimeSpan.Zero && now - _gapEnded <= Gap ? _gap
        : TimeSpan.Zero;
}
