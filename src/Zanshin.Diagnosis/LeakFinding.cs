using System.Globalization;

namespace Zanshin.Diagnosis;

/// <summary>A leak that a <see cref="LeakWatch"/> has found: one for each cause.</summary>
/// <param name="Leak">What is left behind, how many of it, in which messages, and where it was begun.</param>
/// <param name="PerMessage">By how much it grows with each message; of the heap bytes, where it is not known of what.</param>
/// <param name="FirstSeen">When it was found.</param>
/// <param name="LastSeen">When it was last found to be there.</param>
/// <param name="HeldBy">What keeps objects reachable, from the root on; empty where that is not known, or not the point.</param>
public sealed record LeakFinding(Leak Leak, double PerMessage, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, IReadOnlyList<string> HeldBy)
{
    /// <summary>The start site first, then what it began, and what holds it.</summary>
    public string Report => HeldBy.Count > 0 ? $"{Leak}\n  held by {string.Join(" -> ", HeldBy)}" : Leak.ToString();

    /// <summary>The report, and how it grows.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Report}\n  {PerMessage:N2} a message");
}
