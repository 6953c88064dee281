using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Requests;

/// <summary>
/// What happens to messages between the arrival of their receive's answer and the end of their handler, added up exactly over
/// any window: a reading at its start and one at its end. Thread-safe.
/// </summary>
internal sealed class Slots
{
    private readonly Lock _lock = new(); // guards all below
    private readonly Dictionary<string, TimeSpan> _arrived = [];
    private readonly List<(TimeSpan At, double Seconds)> _waits = [];
    private TimeSpan _readAt;
    private TimeSpan _busy;
    private TimeSpan _supplied;
    private int _running;
    private int _here;
    private int _ended;

    public void Arrived(List<string> ids)
    {
        lock (_lock)
        {
            TimeSpan now = Advance();
            foreach (string id in ids)
            {
                _arrived[id] = now;
                _here++;
            }
        }
    }

    public void Started(string id)
    {
        lock (_lock)
        {
            TimeSpan now = Advance();
            _running++;
            if (_arrived.Remove(id, out TimeSpan arrived))
                _waits.Add((now, (now - arrived).TotalSeconds));
        }
    }

    public void Ended()
    {
        lock (_lock)
        {
            Advance();
            _running--;
            _here--;
            _ended++;
        }
    }

    public Reading Read()
    {
        lock (_lock)
        {
            TimeSpan now = Advance();
            return new(now, _busy, _supplied, _ended);
        }
    }

    /// <summary>Seconds from the answer's arrival to the handler's start, of the messages that started since.</summary>
    public List<double> Waits(TimeSpan since)
    {
        lock (_lock)
            return _waits.FindAll(w => w.At >= since).ConvertAll(static w => w.Seconds);
    }

    private TimeSpan Advance()
    {
        TimeSpan now = Clock.Now, passed = now - _readAt;
        _busy += passed * _running;
        if (_here > 0)
            _supplied += passed;
        return _readAt = now;
    }

    /// <param name="Busy">The sum of all time inside handlers so far.</param>
    /// <param name="Supplied">The time so far during which at least one message was between its arrival and its handler's end.</param>
    internal readonly record struct Reading(TimeSpan At, TimeSpan Busy, TimeSpan Supplied, int Ended);
}
