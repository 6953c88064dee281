namespace Zanshin.Diagnosis.Watching;

/// <summary>All findings, one for each fingerprint. Written by the watch's loop, read by anybody.</summary>
internal sealed class FindingBook(TimeProvider time)
{
    // What explains at least half of a growth is its cause.
    private const double Half = 0.5;

    private readonly Dictionary<string, string> _otherNames = [];
    private volatile LeakFinding[] _all = [];

    public IReadOnlyList<LeakFinding> All => _all;

    public bool Knows(string fingerprint) => Find(fingerprint) >= 0;

    /// <summary>Whether a growth is the consequence of what has been found already.</summary>
    public bool Explains(double perMessage) => _all.Any(f => !IsInBytes(f) && f.PerMessage >= Half * perMessage);

    /// <summary>Enters a new one.</summary>
    /// <param name="otherName">A fingerprint under which it goes too.</param>
    public LeakFinding Add(Leak leak, double perMessage, IReadOnlyList<string> heldBy, string? otherName = null)
    {
        if (otherName is not null)
            _otherNames[otherName] = leak.Fingerprint;
        DateTimeOffset now = time.GetUtcNow();
        var finding = new LeakFinding(leak, perMessage, now, now, heldBy);
        _all = [.. _all.Where(f => f.Leak.Fingerprint != leak.Fingerprint), finding];
        return finding;
    }

    /// <summary>It is still there.</summary>
    public void SeenAgain(string fingerprint, int count)
    {
        if (Find(fingerprint) is not (>= 0 and int at))
            return;
        LeakFinding[] all = [.. _all];
        all[at] = all[at] with { LastSeen = time.GetUtcNow(), Leak = all[at].Leak with { Count = count } };
        _all = all;
    }

    // It is found by its size where what grows is not known.
    private static bool IsInBytes(LeakFinding finding) => finding.Leak.Kinds is ["heap"] && finding.HeldBy.Count == 0;

    private int Find(string fingerprint)
    {
        string name = _otherNames.GetValueOrDefault(fingerprint, fingerprint);
        return Array.FindIndex(_all, f => f.Leak.Fingerprint == name);
    }
}
