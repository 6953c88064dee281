using Microsoft.Extensions.Configuration;

namespace Zanshin.Hosting;

/// <summary>How long a stop may take.</summary>
internal static class StopBudget
{
    private const string Key = "Zanshin:Timeout";

    /// <summary>What the host is left for its own end.</summary>
    private static readonly TimeSpan s_hostsShare = TimeSpan.FromSeconds(2);

    /// <summary>What a container that is disposed of synchronously is made to wait.</summary>
    public static readonly TimeSpan Synchronous = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    public static TimeSpan Of(ZanshinOptions options, TimeSpan hostTimeout) =>
        options.Timeout
        // A host that gives hardly any time still gives some.
        ?? (hostTimeout < TimeSpan.Zero || hostTimeout > s_longest ? s_longest
            : hostTimeout > 2 * s_hostsShare ? hostTimeout - s_hostsShare : hostTimeout / 2);

    /// <summary>The host's shutdown time-out, raised where it is too short for the worker's.</summary>
    public static TimeSpan HostTimeout(TimeSpan hosts, ZanshinOptions options, IConfiguration? configuration)
    {
        // The configuration is bound at the worker's start; the host reads its own options before that.
        TimeSpan? timeout = configuration?[Key] is { } text && Option<ZanshinOptions>.TryTime(text, out TimeSpan configured) ? configured : options.Timeout;
        return hosts >= TimeSpan.Zero && timeout > TimeSpan.Zero && timeout <= s_longest && hosts < timeout + s_hostsShare ? timeout.Value + s_hostsShare : hosts;
    }

    public static void Check(ZanshinOptions options, List<string> problems)
    {
        if (options.Timeout < TimeSpan.FromSeconds(1) || options.Timeout > s_longest)
            problems.Add($"Timeout is {options.Timeout}: it must be from 1 second to 1 day.");
        if (options.WaitForSqs < TimeSpan.Zero && options.WaitForSqs != Timeout.InfiniteTimeSpan)
            problems.Add($"WaitForSqs is {options.WaitForSqs}: it must be 0 or more, or -00:00:00.001 for ever.");
    }
}
