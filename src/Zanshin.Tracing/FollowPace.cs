using Zanshin.Diagnosis.Findings;
using Zanshin.Tracing.Begins;
using Zanshin.Tracing.Findings;
using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing;

/// <summary>
/// Hands on begins and ends as they happen. Those whose stack holds unknown addresses wait for the next rundown, which is asked for only now and
/// then, because it costs the traced process about 0.1 s.
/// </summary>
internal sealed class FollowPace
{
    private static readonly TimeSpan BetweenRundowns = TimeSpan.FromSeconds(2);

    private readonly List<Change> _waiting = [];
    private TimeSpan? _learned;

    /// <summary>True when a rundown should be read now.</summary>
    public bool Take(BeginLedger ledger, Symbols symbols, TimeSpan now)
    {
        _waiting.AddRange(ledger.TakeChanges());
        return (_learned is not { } last || now - last > BetweenRundowns) && _waiting.Exists(c => !symbols.Knows(c.Begin.Site.Stack));
    }

    public void Learned(TimeSpan now)
    {
        _learned = now;
        _fresh = true;
    }

    private bool _fresh;

    public void Tell(TraceOptions options, Symbols symbols)
    {
        // After a rundown what is still unknown stays so (code that is gone again), and is told without.
        if (_fresh || _waiting.TrueForAll(c => symbols.Knows(c.Begin.Site.Stack)))
            TellAll(options, symbols);
        _fresh = false;
    }

    public void TellAll(TraceOptions options, Symbols symbols)
    {
        foreach (Change change in _waiting)
        {
            Start start = change.Begin.Site.Named(symbols);
            if (!start.IsUsers)
                continue;
            double? age = change.Ended ? change.At - change.Begin.At : null;
            options.Follow!(new TraceChange(
                TimeSpan.FromMilliseconds(change.At),
                age is { } a ? TimeSpan.FromMilliseconds(Math.Max(0, a)) : null,
                change.Begin.ThreadId is { } id ? $"{start.What} {id}" : start.What + change.Begin.Times,
                change.Begin.Mark?.Id,
                start.Frames.ConvertAll(static f => f.ToPublic())));
        }
        _waiting.Clear();
    }
}
