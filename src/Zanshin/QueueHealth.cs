namespace Zanshin;

public enum QueueHealth
{
    Healthy,

    /// <summary>Receives fail at present; the worker tries on.</summary>
    Degraded,

    /// <summary>Receives fail, and none was answered for a minute.</summary>
    Unhealthy,
}
