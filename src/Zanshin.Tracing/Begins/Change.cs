namespace Zanshin.Tracing.Begins;

/// <summary>A begin or an end, as it happened.</summary>
internal readonly record struct Change(Begin Begin, double At, bool Ended);
