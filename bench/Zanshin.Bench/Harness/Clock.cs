namespace Zanshin.Bench.Harness;

internal static class Clock
{
    private static readonly long Start = TimeProvider.System.GetTimestamp();

    public static TimeSpan Now => TimeProvider.System.GetElapsedTime(Start);

    public static Task WaitAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System);
}
