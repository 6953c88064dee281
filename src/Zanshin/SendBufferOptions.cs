namespace Zanshin;

/// <summary>The buffers of <see cref="IBufferedSender"/>: one for each queue, with these bounds each.</summary>
public sealed class SendBufferOptions
{
    /// <summary>Most messages accepted and not sent yet: 1 to 1,000,000; default 10,000. Who sends more waits.</summary>
    public int Capacity { get; set; } = 10_000;

    /// <summary>Most bytes of these, attributes included: 1 MiB and more; default 32 MiB.</summary>
    public long CapacityBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// How long a message waits for others while a batch is under way: 0 to 10 seconds, default 100 ms. With nothing under way it goes at once, and
    /// a full batch (10 messages or 1 MiB) as soon as one of four calls is free.
    /// </summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long sending a message is tried before it has failed, from its first try: up to 1 day, default 1 minute. Once nothing could be sent for so long,
    /// all that was accepted so long ago has failed. What SQS refuses for good fails at once.
    /// </summary>
    public TimeSpan TryFor { get; set; } = TimeSpan.FromMinutes(1);
}
