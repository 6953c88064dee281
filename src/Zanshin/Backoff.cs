namespace Zanshin;

/// <summary>
/// How long a message waits before its next attempt. The worker rounds the answer to whole seconds, at least 1 s, and
/// keeps it under 12 hours after the receipt. Used by many messages at once; a function of one's own must be thread-safe.
/// </summary>
public sealed class Backoff
{
    private readonly Func<int, Exception?, double, TimeSpan> _delay;

    private Backoff(Func<int, Exception?, double, TimeSpan> delay, TimeSpan shortest, TimeSpan longest) =>
        (_delay, Shortest, Longest) = (delay, shortest, longest);

    /// <summary>1 s, doubling, at most 15 minutes, with full jitter.</summary>
    public static Backoff Standard { get; } = Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15));

    /// <summary>The shortest and the longest delay that are known beforehand, for the check at start.</summary>
    internal TimeSpan Shortest { get; }

    internal TimeSpan Longest { get; }

    /// <summary>
    /// <paramref name="first"/>, doubling with every attempt up to <paramref name="max"/>. Full jitter draws evenly between
    /// 1 s and that bound, so that messages that failed together do not come back together.
    /// </summary>
    public static Backoff Exponential(TimeSpan first, TimeSpan max, bool jitter = true) => new(
        (attempt, _, dice) =>
        {
            double seconds = Math.Min(max.TotalSeconds, first.TotalSeconds * Math.Pow(2, Math.Clamp(attempt - 1, 0, 60)));
            return TimeSpan.FromSeconds(jitter ? 1 + dice * Math.Max(0, seconds - 1) : seconds);
        },
        first < max ? first : max,
        first < max ? max : first);

    /// <summary>One delay per attempt; the last one is used for all later attempts.</summary>
    /// <exception cref="ArgumentException">No delay is given.</exception>
    public static Backoff Delays(params TimeSpan[] delays)
    {
        if (delays is not { Length: > 0 })
            throw new ArgumentException("A retry schedule needs at least one delay.", nameof(delays));
        TimeSpan[] copy = [.. delays];
        return new((attempt, _, _) => copy[Math.Clamp(attempt, 1, copy.Length) - 1], copy.Min(), copy.Max());
    }

    /// <summary>
    /// A function of the attempt (1 for the first) and of the exception, where there was one. Where it has no answer (null), or throws,
    /// <see cref="Standard"/> has one.
    /// </summary>
    public static Backoff Of(Func<int, Exception?, TimeSpan?> delay)
    {
        ArgumentNullException.ThrowIfNull(delay);
        return new((attempt, exception, dice) => delay(attempt, exception) ?? Standard.After(attempt, exception, dice), TimeSpan.Zero, TimeSpan.Zero);
    }

    /// <summary>A function of the attempt, 1 for the first; the same otherwise.</summary>
    public static Backoff Of(Func<int, TimeSpan?> delay)
    {
        ArgumentNullException.ThrowIfNull(delay);
        return Of((attempt, _) => delay(attempt));
    }

    /// <summary>The same with full jitter: each delay is drawn evenly between 1 s and what this schedule says.</summary>
    public Backoff WithJitter() => new(
        (attempt, exception, dice) =>
        {
            double seconds = _delay(attempt, exception, dice).TotalSeconds;
            return TimeSpan.FromSeconds(1 + dice * Math.Max(0, seconds - 1));
        },
        Shortest,
        Longest);

    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="exception">What it failed with, if with an exception.</param>
    /// <param name="dice">A number in [0, 1) for the jitter.</param>
    internal TimeSpan After(int attempt, Exception? exception, double dice) => _delay(attempt, exception, dice);
}
