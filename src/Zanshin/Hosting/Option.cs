using System.Globalization;

namespace Zanshin.Hosting;

/// <summary>One option as the configuration knows it.</summary>
/// <param name="Takes">What it must be, for people.</param>
/// <param name="Set">False when the text is nothing of the kind.</param>
internal sealed record Option<T>(string Key, string Takes, Func<T, string, bool> Set)
{
    public static Option<T> Whole(string key, Action<T, int> set) => new(key, "a whole number", (options, text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n) && Do(() => set(options, n)));

    public static Option<T> Number(string key, Action<T, double> set) => new(key, "a number", (options, text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double n) && double.IsFinite(n) && Do(() => set(options, n)));

    public static Option<T> Amount(string key, Action<T, decimal> set) => new(key, "an amount like 0.40", (options, text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal n) && Do(() => set(options, n)));

    /// <summary>A time, or a number, which is seconds: nobody who writes 30 means days.</summary>
    public static Option<T> Time(string key, Action<T, TimeSpan> set) => new(key, "a time like 00:00:30, or a number of seconds", (options, text) =>
        TryTime(text, out TimeSpan time) && Do(() => set(options, time)));

    public static Option<T> Flag(string key, Action<T, bool> set) => new(key, "true or false", (options, text) =>
        bool.TryParse(text, out bool flag) && Do(() => set(options, flag)));

    public static Option<T> Text(string key, string takes, Action<T, string> set) => new(key, takes, (options, text) => Do(() => set(options, text)));

    public static Option<T> Choice<TEnum>(string key, string takes, Action<T, TEnum> set)
        where TEnum : struct, Enum =>
        new(key, takes, (options, text) => Enum.TryParse(text, ignoreCase: true, out TEnum value) && Enum.IsDefined(value) && Do(() => set(options, value)));

    public static bool TryTime(string text, out TimeSpan time)
    {
        time = default;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds))
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out time);
        if (!double.IsFinite(seconds) || Math.Abs(seconds) > TimeSpan.FromDays(10_000).TotalSeconds)
            return false;
        time = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static bool Do(Action set)
    {
        set();
        return true;
    }
}
