using Zanshin.Diagnosis.Agent;

/// <summary>
/// What the runtime calls when this assembly is loaded into a process that is traced (<c>zanshin trace --inject</c>). Its name, without a namespace, is the runtime's
/// (docs/design/features/host-startup-hook.md of dotnet/runtime).
/// </summary>
#pragma warning disable CA1050, CA1852 // As the runtime looks for it.
internal static class StartupHook
#pragma warning restore CA1050, CA1852
{
    public static void Initialize() => TimerAgent.Begin();
}
