namespace Zanshin.Tracing.Watching;

/// <summary>One look at one figure.</summary>
/// <param name="At">Since the watch began.</param>
/// <param name="Messages">Processed since then; null where none were marked.</param>
internal readonly record struct Point(TimeSpan At, long? Messages, double Value);
