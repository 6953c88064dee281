using Microsoft.Extensions.Hosting;

namespace Zanshin.Cli.Work;

/// <summary>What handles the messages of <c>zanshin work</c>. Disposed after the worker has stopped; nothing of it is alive then.</summary>
internal abstract class HandlerSource : IAsyncDisposable
{
    /// <summary>The queues that are worked when neither <c>-q</c> nor the configuration names one.</summary>
    public virtual IReadOnlyList<string> Queues => [];

    /// <summary>The time limit of a run when nobody sets one.</summary>
    public virtual TimeSpan? TimeLimit => null;

    /// <summary>Before the queues are set up.</summary>
    public virtual void Prepare(HostApplicationBuilder host)
    {
    }

    /// <summary>After the queues are set up.</summary>
    public virtual void Configure(ZanshinBuilder worker)
    {
    }

    public abstract void Handle(QueueBuilder queue);

    public abstract ValueTask DisposeAsync();
}
