using Zanshin.Diagnosis;

namespace Zanshin.Tracing;

/// <summary>Something began or ended.</summary>
/// <param name="Age">How long it lived; null for a begin.</param>
internal sealed record TraceChange(TimeSpan At, TimeSpan? Age, string What, string? Message, IReadOnlyList<SourceFrame> Frames);
