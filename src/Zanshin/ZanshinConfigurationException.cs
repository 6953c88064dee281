namespace Zanshin;

/// <summary>The worker cannot start as it is set up, or a queue that is to be sent to does not exist. The message lists everything that is wrong, one sentence each.</summary>
public sealed class ZanshinConfigurationException(IReadOnlyList<string> problems)
    : Exception(problems.Count == 1 ? problems[0] : $"{problems.Count} things are wrong with the worker:\n- {string.Join("\n- ", problems)}")
{
    public IReadOnlyList<string> Problems => problems;
}
