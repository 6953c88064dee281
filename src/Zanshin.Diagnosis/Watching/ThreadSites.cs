using Zanshin.Diagnosis.Sites;

namespace Zanshin.Diagnosis.Watching;

/// <summary>Knows where the threads of this process are started, from when it was opened on.</summary>
internal abstract class ThreadSites : IAsyncDisposable
{
    /// <summary>The starter's frames, innermost first; null where the start was not seen.</summary>
    /// <param name="threadId">The system's.</param>
    public abstract Task<List<Frame>?> FramesAsync(int threadId, CancellationToken cancel);

    public abstract ValueTask DisposeAsync();
}
