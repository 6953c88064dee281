using System.Globalization;

namespace Zanshin.Cli;

/// <summary>Durations as people type them: 40ms, 2s, 1.5s, 5m, 12h.</summary>
internal static class Durations
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
        [("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1))];

    public static bool TryRead(string text, out TimeSpan duration)
    {
        duration = default;
        foreach ((string unit, TimeSpan length) in Units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text.AsSpan()[..^unit.Length], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && double.IsFinite(number))
            {
                // Far beyond anything SQS knows, and short of what a TimeSpan cannot hold.
                duration = Math.Clamp(number, -1e6, 1e6) * length;
                return true;
            }
        }
        return false;
    }

    /// <summary>In the largest unit that leaves no fraction.</summary>
    public static string Text(TimeSpan duration)
    {
        foreach ((string unit, TimeSpan length) in Units.Reverse())
        {
            if (duration >= length && duration.Ticks % length.Ticks == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
        }
        return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");
    }
}
