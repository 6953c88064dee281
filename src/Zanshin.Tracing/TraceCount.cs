namespace Zanshin.Tracing;

/// <summary>How many of a kind were begun while the trace ran, and of these are alive at its end. What was there before is in neither.</summary>
public sealed record TraceCount(int Begun, int Alive);
