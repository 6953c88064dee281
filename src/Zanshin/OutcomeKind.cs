namespace Zanshin;

public enum OutcomeKind
{
    Done,
    Retry,
    Reject,
}
