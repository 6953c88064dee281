using System.Globalization;
using Zanshin.Diagnosis;
using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Testing.Leaks;

/// <summary>What a failed assertion says.</summary>
internal static class LeaksReport
{
    public static LeaksFoundException Failure(IReadOnlyList<LeftBehind> left, TimeSpan linger)
    {
        Leak[] leaks = [.. left.Select(static l => l.ToLeak()).OrderByDescending(static l => l.Count)];
        string report = string.Create(CultureInfo.InvariantCulture,
            $"{string.Join("\n", leaks.Select(static l => l.ToString()))}\nStill alive {linger.TotalSeconds:0.###} s after the work had ended.");
        return new LeaksFoundException(report, leaks);
    }

    public static LeaksFoundException Growth(string summary, IReadOnlyList<LeftBehind> left)
    {
        Leak[] leaks = [.. left.Select(static l => l.ToLeak()).OrderByDescending(static l => l.Count)];
        return new LeaksFoundException(string.Join("\n", leaks.Select(static l => l.ToString()).Append(summary)), leaks);
    }
}
