using Zanshin;

namespace LeakyWorker.Bugs;

/// <summary>Begins nothing.</summary>
internal sealed class NoBug() : Bug(true)
{
    public override IDisposable Begin(Message<string> message, CancellationToken cancel) => Ended.Nothing;
}
