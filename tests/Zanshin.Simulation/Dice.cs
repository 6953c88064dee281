namespace Zanshin.Simulation;

/// <summary>What is drawn of a seed.</summary>
internal static class Dice
{
    public static bool OneIn(this Random dice, int n) => dice.Next(n) == 0;

    public static T Pick<T>(this Random dice, params ReadOnlySpan<T> of) => of[dice.Next(of.Length)];

    public static TimeSpan Seconds(this Random dice, double from, double to) => TimeSpan.FromSeconds(from + dice.NextDouble() * (to - from));
}
