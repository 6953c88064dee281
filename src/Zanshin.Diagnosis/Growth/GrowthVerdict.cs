namespace Zanshin.Diagnosis.Growth;

/// <summary>What one window of looks says.</summary>
/// <param name="Grows">The floor rose all through the window, and by more than noise.</param>
/// <param name="PerX">By how much for each unit of x, by the median of all slopes.</param>
internal readonly record struct GrowthVerdict(bool Grows, double PerX);
