using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Dispatching;

/// <summary>
/// By the application's <see cref="PollingStrategy"/>, which may fail and may take its time: it is asked outside of the lock, one question at a time, with all that may have the
/// turn at that moment, and the group goes on when the answer is there.
/// <list type="number">
/// <item>An answer is for the moment in which it comes: where its queue may not have the turn any more, the strategy is asked again.</item>
/// <item>Other groups wait for an answer for <see cref="Quick"/> at most, where they share a limit, and otherwise not at all.</item>
/// <item>After <see cref="Hanging"/> the first queue has the turn, until the strategy answers.</item>
/// <item>Who outranks whom is asked about once a second at most, and known until then.</item>
/// </list>
/// All but the question itself is guarded by the dispatcher's lock.
/// </summary>
internal sealed class StrategyTurns : Turns, IDisposable
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Hanging = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    private readonly Polling _polling;
    private readonly PollingStrategy _strategy;
    private readonly Dispatcher _group;
    private readonly Surroundings _surroundings;
    private readonly ILogger _logger;
    private readonly OutsideCalls _calls;
    private readonly ITimer _timer;
    private readonly List<QueueLine> _wanting = [];
    private readonly Dictionary<QueueLine, QueueTurn> _turns = [];
    private readonly Dictionary<(QueueLine, QueueLine), (bool Outranks, TimeSpan At)> _ranks = [];
    private readonly HashSet<(QueueLine, QueueLine)> _unsure = []; // pairs to be asked about
    private TimeSpan? _askedAt; // while a question is under way
    private QueueLine? _answer; // in the moment in which it comes
    private bool _failed; // used by the questions only

    public StrategyTurns(Polling polling, PollingStrategy strategy, Dispatcher group, Surroundings surroundings, ILogger logger)
    {
        (_polling, _strategy, _group, _surroundings, _logger) = (polling, strategy, group, surroundings, logger);
        _calls = new OutsideCalls(surroundings);
        _timer = surroundings.Timer(static turns => ((StrategyTurns)turns!).Look(), this);
    }

    public override int Count => _wanting.Count;

    public override bool Ranks => true;

    public IReadOnlyList<QueueLine> Wanting => _wanting;

    /// <summary>Completed when the strategy has answered.</summary>
    public Task Answered => _calls.Made;

    public void Dispose() => _timer.Dispose();

    public override void Add(QueueLine line)
    {
        if (!_wanting.Contains(line))
            _wanting.Add(line);
    }

    public override void Remove(QueueLine line) => _wanting.Remove(line);

    public override QueueLine? First(TimeSpan now) => _wanting.Count == 0 ? null : _wanting[0];

    public override void Took(QueueLine line)
    {
    }

    public override void Reweigh(QueueLine line)
    {
    }

    /// <summary>Whether an answer is about to come that is worth waiting for.</summary>
    public bool IsAsked(TimeSpan now) => _askedAt is { } at && now - at < Quick;

    /// <summary>The queue whose turn it is of these, in the order of the setup; null where there is none, or the answer is still to come.</summary>
    public QueueLine? Choose(List<QueueLine> among, TimeSpan now)
    {
        if (among.Count < 2)
            return among.Count == 0 ? null : among[0];
        if (_answer is { } answer)
        {
            _answer = null;
            if (among.Contains(answer))
                return answer;
        }
        if (_askedAt is { } at)
            return now - at >= Hanging ? among[0] : null;
        Ask(among, now);
        return null;
    }

    public override bool Outranks(QueueLine line, QueueLine other, TimeSpan now)
    {
        if (_ranks.TryGetValue((line, other), out (bool Outranks, TimeSpan At) known) && now - known.At < GoodFor)
            return known.Outranks;
        _unsure.Add((line, other));
        if (_askedAt is null)
            Ask([], now);
        return known.Outranks;
    }

    private void Ask(List<QueueLine> among, TimeSpan now)
    {
        _askedAt = now;
        QueueTurn[] turns = [.. among.Select(line => Turn(line, now))];
        (QueueLine, QueueLine)[] pairs = [.. _unsure];
        (QueueTurn, QueueTurn)[] ranks = [.. pairs.Select(pair => (Turn(pair.Item1, now), Turn(pair.Item2, now)))];
        _unsure.Clear();
        _calls.Post(() =>
        {
            int next = turns.Length == 0 ? -1 : Next(turns);
            bool[] outrank = Array.ConvertAll(ranks, Outranks);
            lock (_group.Guard)
                Answer(next < 0 ? null : among[next], pairs, outrank);
        });
        _timer.Change(Quick + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    // As the queue is now: the strategy reads it without the lock.
    private QueueTurn Turn(QueueLine line, TimeSpan now)
    {
        if (!_turns.TryGetValue(line, out QueueTurn? turn))
            _turns[line] = turn = new QueueTurn(line.Name);
        turn.Look(line, now);
        return turn;
    }

    private void Answer(QueueLine? next, (QueueLine, QueueLine)[] pairs, bool[] outrank)
    {
        TimeSpan now = _surroundings.Now;
        for (int i = 0; i < pairs.Length; i++)
            _ranks[pairs[i]] = (outrank[i], now);
        (_askedAt, _answer) = (null, next);
        _group.Go();
        _answer = null;
    }

    // The question has come to its next stage: others go on without an answer.
    private void Look()
    {
        lock (_group.Guard)
        {
            if (_askedAt is not { } at)
                return;
            TimeSpan outFor = _surroundings.Now - at;
            if (outFor < Hanging)
                _timer.Change((outFor < Quick ? Quick : Hanging) - outFor + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            _group.Go();
        }
    }

    // --- Outside of the lock ---

    private int Next(QueueTurn[] turns)
    {
        try
        {
            int next = _strategy.Next(turns);
            if (next >= 0 && next < turns.Length)
                return next;
            Failed(new InvalidOperationException($"The strategy gave the turn to place {next} of {turns.Length} queues."));
        }
        catch (Exception exception)
        {
            Failed(exception);
        }
        return 0;
    }

    private bool Outranks((QueueTurn, QueueTurn) pair)
    {
        try
        {
            return _strategy.Outranks(pair.Item1, pair.Item2);
        }
        catch (Exception exception)
        {
            Failed(exception);
            return false;
        }
    }

    // Once.
    private void Failed(Exception exception)
    {
        if (!_failed)
            _logger.StrategyFailed(exception, _polling.Name, _group.Group);
        _failed = true;
    }
}
