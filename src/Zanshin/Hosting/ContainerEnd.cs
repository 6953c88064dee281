using Zanshin.Sending;

namespace Zanshin.Hosting;

/// <summary>
/// Ends what still works when a container is disposed of without a stop before: the worker, whose handlers send, and then the send buffers. Containers dispose of what was made
/// last first; so whoever has got the clients that it works with asks for one of these, and is ended before they are gone.
/// </summary>
internal sealed class ContainerEnd(ZanshinWorker worker, BufferedSender buffers) : IAsyncDisposable, IDisposable
{
    public async ValueTask DisposeAsync()
    {
        await worker.DisposeAsync();
        await buffers.DisposeAsync();
    }

    public void Dispose()
    {
        worker.Dispose();
        buffers.Dispose();
    }
}
