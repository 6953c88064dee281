namespace Zanshin.Diagnosis.Findings;

internal enum BeginKind
{
    Thread,
    Timer,

    /// <summary>An async method that was suspended.</summary>
    Async,

    /// <summary>Any other task.</summary>
    Task,
}
