namespace Zanshin;

/// <summary>How a task is protected from scale-in on Amazon ECS; see <see cref="ZanshinBuilder.ProtectFromScaleIn"/>.</summary>
public sealed class ScaleInOptions
{
    /// <summary>The protection is dropped when no message has been here for so long: 0 to 1 hour; default 30 s.</summary>
    public TimeSpan DropAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The protection ends by itself after so long if the process dies, and is renewed when half of it is over: whole minutes, 2 minutes to 48 hours;
    /// default 20 minutes.
    /// </summary>
    public TimeSpan ExpiresIn { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>The address of the container agent. Default: the environment variable <c>ECS_AGENT_URI</c>, which ECS sets.</summary>
    public string? AgentUri { get; set; } = Environment.GetEnvironmentVariable("ECS_AGENT_URI");

    /// <summary>What carries the calls, in tests.</summary>
    internal HttpMessageHandler? Transport { get; set; }
}
