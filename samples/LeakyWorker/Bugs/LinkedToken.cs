using Zanshin;

namespace LeakyWorker.Bugs;

/// <summary>A token source linked to the host's stopping token for every message, and not disposed: the host's token keeps it.</summary>
internal sealed class LinkedToken(bool isFixed, CancellationToken stopping) : Bug(isFixed)
{
    public override IDisposable Begin(Message<string> message, CancellationToken cancel)
    {
        CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancel);
        return IsFixed ? linked : Ended.Nothing;
    }
}
