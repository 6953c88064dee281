namespace Zanshin.Cli.Work;

/// <summary>How long a process has between SIGTERM and SIGKILL.</summary>
/// <param name="AtStop">While the worker stops: so that the process is gone before its message is given back as an orphan.</param>
internal sealed record StopGrace(TimeSpan AtStop)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    // The worker cancels its handlers at most 5 s before its deadline and takes the last second for itself; less of a short one.
    public static StopGrace Of(TimeSpan timeout) => new(TimeSpan.FromSeconds(Math.Min(3, timeout.TotalSeconds / 10)));

    public TimeSpan For(Message message) => message.Cancelled == CancelReason.Stopping ? AtStop : Longest;
}
