using System.Globalization;
using Microsoft.Extensions.Logging;
using Zanshin.Timing;

namespace Zanshin.Observing;

/// <summary>Tells people that the thread pool comes late to the worker's code, and what blocks its threads as far as that is known. Thread-safe.</summary>
/// <param name="blocking">How many handlers have not let go of a thread of the pool since they began, for longer than this.</param>
internal sealed class PoolWatch(Surroundings surroundings, Func<TimeSpan, int> blocking, ILogger logger)
{
    private static readonly TimeSpan Blocks = TimeSpan.FromSeconds(1);

    /// <summary>What was late so lately counts as late now, and is not logged again.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new(); // guards all below
    private TimeSpan _lateBy;
    private TimeSpan _lateAt = TimeSpan.MinValue;
    private TimeSpan _toldAt = TimeSpan.MinValue;

    /// <summary>What is wrong, in words; null when nothing came late in the last minute.</summary>
    /// <param name="overdue">For how long something has been called and has not come yet.</param>
    public string? Trouble(TimeSpan overdue = default)
    {
        TimeSpan late;
        lock (_lock)
            late = IsRecent(_lateAt) && _lateBy > overdue ? _lateBy : overdue;
        return late < Blocks ? null : string.Create(CultureInfo.InvariantCulture, $"the thread pool comes {late.TotalSeconds:0} s late: {Cause()}");
    }

    public void CameLate(TimeSpan by)
    {
        lock (_lock)
        {
            (_lateBy, _lateAt) = (IsRecent(_lateAt) && _lateBy > by ? _lateBy : by, surroundings.Now);
            if (IsRecent(_toldAt))
                return;
            _toldAt = _lateAt;
        }
        logger.PoolLate(by, ThreadPool.ThreadCount, ThreadPool.PendingWorkItemCount, Cause());
    }

    private bool IsRecent(TimeSpan moment) => moment > TimeSpan.MinValue && surroundings.Now - moment < Recent;

    private string Cause() => blocking(Blocks) is > 0 and int handlers
        ? $"{handlers} handlers block its threads (let them await, or run them on threads of their own: RunOnOwnThreads)"
        : "no handler is known to block it since its begin; one may after an await, other code of the process may, or the process was stopped or short of CPU";
}
