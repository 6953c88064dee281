using Zanshin.Diagnosis;

namespace Zanshin.Testing;

/// <summary>Something was left behind. The message is the report, start sites first.</summary>
public sealed class LeaksFoundException : Exception
{
    internal LeaksFoundException(string report, IReadOnlyList<Leak> leaks)
        : base(report) => Leaks = leaks;

    /// <summary>By cause, the most first.</summary>
    public IReadOnlyList<Leak> Leaks { get; }
}
