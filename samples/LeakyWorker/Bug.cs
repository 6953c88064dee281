using Zanshin;

namespace LeakyWorker;

/// <summary>Something that a handler begins for a message. Disposing what it gives should end it; the bug is that this does not.</summary>
internal abstract class Bug(bool isFixed)
{
    protected bool IsFixed => isFixed;

    public abstract IDisposable Begin(Message<string> message, CancellationToken cancel);
}
