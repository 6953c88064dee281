namespace Zanshin.EndToEnd;

/// <summary>Waits for something to become true, within a bound.</summary>
internal static class Poll
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    public static Task UntilAsync(string what, Func<bool> condition, Func<string>? describe = null, int seconds = 60) =>
        UntilAsync(what, () => Task.FromResult(condition()), describe, seconds);

    public static async Task UntilAsync(string what, Func<Task<bool>> condition, Func<string>? describe = null, int seconds = 60)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(seconds))
                throw new TimeoutException($"Not within {seconds} s: {what}.\n{describe?.Invoke()}");
            await Task.Delay(Between, TimeProvider.System);
        }
    }
}
