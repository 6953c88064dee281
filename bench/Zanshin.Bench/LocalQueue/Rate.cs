namespace Zanshin.Bench.LocalQueue;

/// <summary>So many messages in so much time, and what that took of both processes' CPU.</summary>
internal readonly record struct Rate(int Messages, TimeSpan Took, TimeSpan ServerCpu, TimeSpan OwnCpu)
{
    public double PerSecond => Messages / Took.TotalSeconds;

    public double ServerMicroseconds => ServerCpu.TotalMicroseconds / Messages;

    public double OwnMicroseconds => OwnCpu.TotalMicroseconds / Messages;
}
