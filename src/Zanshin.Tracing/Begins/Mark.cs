namespace Zanshin.Tracing.Begins;

/// <summary>A message as the process marks it. Times are milliseconds since the session began.</summary>
internal sealed class Mark(string? id, double start)
{
    public string? Id => id;

    public double Start => start;

    public double? End { get; set; }
}
