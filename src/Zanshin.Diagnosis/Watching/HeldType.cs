namespace Zanshin.Diagnosis.Watching;

/// <summary>A type whose instances become more with every message.</summary>
/// <param name="PerMessage">How many.</param>
/// <param name="Root">What holds them, from the root on.</param>
internal sealed record HeldType(string Type, long Count, double PerMessage, IReadOnlyList<string> Root);
