using Zanshin.Diagnosis.Watching;

namespace Zanshin.Tracing.Watching;

/// <summary>One figure of a process over time. Not thread-safe.</summary>
/// <param name="kind">As in findings: <c>threads</c>, <c>timers</c>, <c>tasks</c>, <c>heap</c>, <c>resident</c>, <c>files</c>.</param>
/// <param name="step">What counts as one of it: smaller moves are none.</param>
internal sealed class Series(string kind, string name, bool isBytes = false, double step = 1)
{
    private const int MostPoints = 20_000;

    private Counter _growth = new(kind, name, step);

    public string Kind => kind;

    public string Name => name;

    public bool IsBytes => isBytes;

    /// <summary>In order; of a very long watch every other was dropped, again and again.</summary>
    public List<Point> Points { get; } = [];

    /// <summary>Two windows in a row say that it grows.</summary>
    public bool Grows { get; private set; }

    /// <summary>A window has been judged.</summary>
    public bool IsJudged { get; private set; }

    /// <summary>By how much for each message, or second, in the last window.</summary>
    public double PerX => _growth.PerMessage;

    /// <summary>Of the looks that a verdict takes, how many there have been: those without new messages do not count.</summary>
    public int Looks => _growth.Looks;

    public double Now => Points[^1].Value;

    public double Change => Points[^1].Value - Points[0].Value;

    public void Add(TimeSpan at, long? messages, double value, long x)
    {
        if (Points.Count == MostPoints)
            Thin();
        Points.Add(new Point(at, messages, value));
        if (_growth.Look(x, value))
            (Grows, IsJudged) = (_growth.Grows, true);
    }

    private void Thin()
    {
        for (int i = 0; i < Points.Count / 2; i++)
            Points[i] = Points[2 * i];
        Points.RemoveRange(Points.Count / 2, Points.Count - Points.Count / 2);
    }

    /// <summary>The looks so far were against something else.</summary>
    public void BeginAgain()
    {
        _growth = new Counter(kind, name, step);
        (Grows, IsJudged) = (false, false);
    }
}
