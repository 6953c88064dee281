using System.Runtime.CompilerServices;

namespace Zanshin.Hosting;

/// <summary>What options that may change at run time can be.</summary>
internal static class Limits
{
    public const string Concurrency = "between 1 and 10,000";
    public const string Weight = "between 1 and 1,000";
    public const string Rate = "over 0 and at most 1,000,000 a second";
    public const string Delay = "between 0 and 15 minutes";

    /// <summary>Of a million requests, in US dollars: what is multiplied with it stays a number.</summary>
    public const decimal HighestPrice = 1_000_000;

    public static bool IsConcurrency(int slots) => slots is >= 1 and <= 10_000;

    public static bool IsWeight(int weight) => weight is >= 1 and <= 1_000;

    public static bool IsRate(double perSecond) => perSecond is > 0 and <= 1_000_000;

    public static bool IsDelay(TimeSpan delay) => delay >= TimeSpan.Zero && delay <= TimeSpan.FromMinutes(15);

    public static void CheckConcurrency(int slots) => Check(IsConcurrency(slots), slots, Concurrency);

    public static void CheckWeight(int weight) => Check(IsWeight(weight), weight, Weight);

    public static void CheckRate(double perSecond) => Check(IsRate(perSecond), perSecond, Rate);

    public static void CheckDelay(TimeSpan delay) => Check(IsDelay(delay), delay, Delay);

    private static void Check<T>(bool holds, T value, string range, [CallerMemberName] string check = "")
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"{check["Check".Length..]} must be {range}.");
    }
}
