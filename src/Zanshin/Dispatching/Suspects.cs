namespace Zanshin.Dispatching;

/// <summary>
/// The messages of one queue that have come again although nobody here knows why: one of them may end the process, as it has ended another, and each crash raises the receive counts of
/// all that are held with it. So they are run apart.
/// <list type="number">
/// <item>A message is a suspect from a receive count on, unless this process has retried it or given it back, or it has come back sooner than a lease ends.</item>
/// <item>At first one runs at a time, alone: nothing is received meanwhile, and what is here of the queue ends first. The lowest receive count comes first: the innocent have been in fewer crashes.</item>
/// <item>A queue is asked for one message at first, and while most of what it brings are suspects: those that are not received are not counted.</item>
/// <item>As suspects end and the process lives, more of them run at once: retries of other processes look the same, and are many where handlers fail. Running alone costs a queue a minute and
/// 2 % of its time at most; beyond that suspects run one at a time beside the others.</item>
/// </list>
/// Pure; guarded by the dispatcher's lock.
/// </summary>
/// <param name="from">The receive count; null for never.</param>
/// <param name="startsWary">Whether the first receive asks for one message.</param>
internal sealed class Suspects(int? from, TimeSpan visibility, TimeSpan began, bool startsWary = true)
{
    /// <summary>So many have ended before more may run at once.</summary>
    private const int ToTrust = 16;

    /// <summary>Where more than this stand aside, they are the retries of others.</summary>
    private const int MostAside = 20;

    private const double Share = 0.02;
    private static readonly TimeSpan Free = TimeSpan.FromMinutes(1);

    /// <summary>After so long without one, the next is feared again.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(1);

    private readonly TimeSpan _patience = visibility < LongestPatience ? visibility : LongestPatience;
    private readonly List<Delivery> _aside = [];
    private int _together = 1;
    private int _ended; // since more were allowed
    private int _out; // in line or running
    private bool _wary = startsWary && from is not null;
    private bool _apart; // the queue is asked for nothing, and suspects run alone
    private TimeSpan _apartSince;
    private TimeSpan _apartInAll;
    private TimeSpan _waitsSince; // for the others to end, or for the one that runs
    private TimeSpan _last = TimeSpan.MinValue;

    public bool Any => _aside.Count + _out > 0;

    /// <summary>When others are let in again at the latest, though a suspect still waits or runs.</summary>
    public TimeSpan Until => _apart ? _waitsSince + _patience : TimeSpan.MaxValue;

    /// <summary>Whether the message is one, by its count and by when it was received first.</summary>
    public bool IsOne(Delivery delivery, bool known, DateTimeOffset now) => delivery.ReceiveCount >= from && !known && !CameBackSoon(delivery, now);

    /// <summary>A receive has brought messages, some of them suspects.</summary>
    public void Received(int messages, int suspects)
    {
        if (messages > 0 && from is not null)
            _wary = 2 * suspects >= messages;
    }

    /// <summary>It stands aside until its moment has come.</summary>
    public void Add(Delivery delivery, TimeSpan now)
    {
        if (delivery.StandsAside)
            return;
        delivery.StandsAside = true;
        _aside.Add(delivery);
        if (_last != TimeSpan.MinValue && now - _last > Calm && _out == 0 && _aside.Count == 1)
            (_together, _ended) = (1, 0);
        _last = now;
        if (_aside.Count > MostAside)
            Trust();
        if (_together > 1 || _apart || _apartInAll > Free + Share * (now - began))
            return;
        (_apart, _apartSince, _waitsSince) = (true, now, now);
    }

    /// <summary>The next that may stand in line now, or null.</summary>
    /// <param name="othersAreHere">Others of its queue run, are settled, stand in line, or may come of an open receive.</param>
    public Delivery? Next(bool othersAreHere, TimeSpan now)
    {
        // Looked at first: a wake at a moment that has passed would come again and again.
        bool apart = IsApart(now);
        _aside.RemoveAll(static delivery => !delivery.StandsAside);
        if (_aside.Count == 0 || _out >= _together || (apart && othersAreHere))
            return null;
        Delivery next = _aside.MinBy(static delivery => delivery.ReceiveCount)!;
        _aside.Remove(next);
        next.StandsAside = false;
        next.IsOut = true;
        _out++;
        _waitsSince = now;
        return next;
    }

    /// <summary>
    /// Those that go back before another is run alone: the next receive of each will be its last, and that one is not to be shared with what may end the process. They are given back spread,
    /// so that they come one by one.
    /// </summary>
    public List<Delivery> TakeForGivingBack(int? maxReceives, TimeSpan now)
    {
        List<Delivery> goBack = IsApart(now) ? _aside.FindAll(delivery => delivery.ReceiveCount + 1 == maxReceives) : [];
        for (int i = 0; i < goBack.Count; i++)
        {
            _aside.Remove(goBack[i]);
            goBack[i].StandsAside = false;
            goBack[i].RestsUntil = now + TimeSpan.FromSeconds(i + 1);
        }
        return goBack;
    }

    /// <summary>It has ended, or goes back, or is lost; and the process lives.</summary>
    public void Ended(Delivery delivery, TimeSpan now)
    {
        delivery.StandsAside = false;
        if (delivery.IsOut)
        {
            delivery.IsOut = false;
            _out--;
            _waitsSince = now;
            if (++_ended >= ToTrust)
                Trust();
        }
        _aside.Remove(delivery);
        if (!Any)
            EndApart(now);
    }

    /// <summary>How many messages the next receive may ask for.</summary>
    public int Most(int openReceives, TimeSpan now) =>
        IsApart(now) ? 0 : !_wary ? int.MaxValue : openReceives > 0 ? 0 : Math.Max(0, _together - _aside.Count - _out);

    private bool IsApart(TimeSpan now)
    {
        if (_apart && now >= Until)
            EndApart(now);
        return _apart;
    }

    private void EndApart(TimeSpan now)
    {
        if (!_apart)
            return;
        _apart = false;
        _apartInAll += now - _apartSince;
    }

    private void Trust() => (_together, _ended) = (Math.Min(2 * _together, 1 << 20), 0);

    // What a crash leaves comes back when its lease ends. Half of that, as the machine's clock and SQS's differ.
    private bool CameBackSoon(Delivery delivery, DateTimeOffset now) =>
        delivery.FirstReceivedAt is { } first && now - first is var since && since >= TimeSpan.Zero && since < visibility / 2;
}
