namespace Zanshin.Diagnosis.Processes;

/// <summary>Where a thread stands.</summary>
/// <param name="Call">The system call's name, or "running", "blocked", "unknown".</param>
/// <param name="On">What it waits for, as far as that is known.</param>
/// <param name="Forever">No time-out and no descriptor ends it: only another thread can.</param>
internal readonly record struct Wait(string Call, string On, bool Forever)
{
    /// <summary>It may not be read.</summary>
    public static Wait Unknown => new("unknown", "", Forever: false);
}
