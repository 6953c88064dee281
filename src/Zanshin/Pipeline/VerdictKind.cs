namespace Zanshin.Pipeline;

internal enum VerdictKind
{
    Delete,
    Retry,
    Reject,

    /// <summary>Back at once: a stop cancelled the run.</summary>
    Return,

    /// <summary>The lease is lost: there is nothing to settle.</summary>
    Nothing,
}
