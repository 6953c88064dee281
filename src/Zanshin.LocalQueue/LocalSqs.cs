using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue;

/// <summary>
/// An SQS of one's own, in this process and in memory: all queues of one account. Put a <see cref="LocalSqsHandler"/> under an
/// AWS SDK client to talk to it. Thread-safe.
/// </summary>
public sealed class LocalSqs : IDisposable
{
    /// <summary>An empty SQS with default options.</summary>
    public LocalSqs()
        : this(new LocalSqsOptions())
    {
    }

    /// <summary>An empty SQS.</summary>
    public LocalSqs(LocalSqsOptions options)
        : this(options, MemoryJournal.Instance, epoch: 0)
    {
    }

    internal LocalSqs(LocalSqsOptions options, IJournal journal, long epoch, long notBefore = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        BaseUrl = options.BaseUrl;
        Engine = new(options, journal, epoch, notBefore);
    }

    internal SqsEngine Engine { get; }

    internal Uri? BaseUrl { get; }

    /// <summary>Ends open long polls with an empty answer and stops all timers. What is asked later is answered without waiting.</summary>
    public void Dispose() => Engine.Close();
}
