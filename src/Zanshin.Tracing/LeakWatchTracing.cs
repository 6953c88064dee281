using Zanshin.Diagnosis;
using Zanshin.Diagnosis.Watching;
using Zanshin.Tracing.Starts;

namespace Zanshin.Tracing;

/// <summary>Has a leak watch open sessions with its own process, for what it cannot learn otherwise.</summary>
public static class LeakWatchTracing
{
    /// <summary>
    /// While threads are suspected (some 100 looks) a session tells where threads are started, at 40 to 130 µs for each; findings name the line then.
    /// Where the diagnostic port is switched off, findings name threads only.
    /// </summary>
    public static LeakWatchOptions UseTracing(this LeakWatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.OpenThreadSites = static _ => OpenThreadSitesAsync();
        return options;
    }

    private static async Task<ThreadSites?> OpenThreadSitesAsync()
    {
        try
        {
            return await ThreadStarts.OpenAsync();
        }
        catch (TraceException)
        {
            return null;
        }
    }
}
