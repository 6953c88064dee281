namespace Zanshin.Hosting;

/// <summary>The agent has answered, and not with what was asked for.</summary>
internal sealed class EcsAgentException(string message) : Exception(message);
