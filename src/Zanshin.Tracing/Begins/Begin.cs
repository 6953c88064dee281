namespace Zanshin.Tracing.Begins;

/// <summary>Something that was begun and has not been seen to end.</summary>
/// <param name="At">Milliseconds since the session began.</param>
/// <param name="Mark">The message in whose course it was begun, if any.</param>
internal sealed record Begin(StartSite Site, long Key, double At, Mark? Mark)
{
    /// <summary>Of a timer: when it is due, in words, after a space.</summary>
    public string? Times { get; init; }

    /// <summary>A thread's id, once it runs.</summary>
    public int? ThreadId { get; set; }

    /// <summary>Tells it from a later thread with the same id.</summary>
    public ulong ThreadStart { get; set; }
}
