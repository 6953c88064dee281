namespace Zanshin.Pipeline;

/// <summary>What is to be settled: the outcome, with exceptions, schedules and policies applied.</summary>
/// <param name="Unrun">Done at an earlier delivery, or not due yet, and only deleted now.</param>
/// <param name="Last">A retry that is none: at its next receive SQS moves the message to the dead-letter queue.</param>
/// <param name="Early">Not due yet: sent on before it is deleted.</param>
internal readonly record struct Verdict(VerdictKind Kind, TimeSpan Delay = default, string? Reason = null, bool Unrun = false, bool Early = false, bool Last = false)
{
    public static Verdict Delete => new(VerdictKind.Delete);

    public static Verdict Return => new(VerdictKind.Return);

    public static Verdict Nothing => new(VerdictKind.Nothing);
}
