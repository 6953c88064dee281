namespace Zanshin.LocalQueue.Server.Http;

/// <summary>How many bytes of bodies may be under way at once: who is over it is told to come again, before anything is read. Thread-safe.</summary>
internal sealed class BodyBudget(long most)
{
    /// <summary>Smaller bodies are not counted: connections bound them.</summary>
    private const long Small = 64 * 1024;

    private long _underWay;

    /// <summary>False if there is no room. Otherwise <see cref="Return"/> gives it back.</summary>
    internal bool Take(long bytes)
    {
        if (bytes <= Small) return true;
        if (Interlocked.Add(ref _underWay, bytes) <= most) return true;
        Interlocked.Add(ref _underWay, -bytes);
        return false;
    }

    internal void Return(long bytes)
    {
        if (bytes > Small) Interlocked.Add(ref _underWay, -bytes);
    }
}
