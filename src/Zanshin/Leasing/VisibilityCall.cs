namespace Zanshin.Leasing;

/// <summary>At most one visibility call per receipt handle is under way.</summary>
internal enum VisibilityCall
{
    None,

    /// <summary>In line for the next batch; may still be taken back.</summary>
    Queued,

    Sent,
}
