using System.Globalization;

namespace Zanshin.Cli.Ps;

/// <summary>What could not be read, and what would help.</summary>
internal static class Permissions
{
    private const string Yama = "/proc/sys/kernel/yama/ptrace_scope";

    public static string Sentence(int process, IReadOnlyList<string> denied)
    {
        string scope = Scope();
        string remedy = scope is "" or "0"
            ? "run it as the same user as the process, or as root; in a container, with the capability SYS_PTRACE"
            : $"run it as root or with the capability SYS_PTRACE: kernel.yama.ptrace_scope is {scope}, which keeps even processes of the same user apart";
        return string.Create(CultureInfo.InvariantCulture, $"Of process {process} these may not be read, and what they would say is unknown: {string.Join(", ", denied)}. To see it, {remedy}.");
    }

    private static string Scope()
    {
        try
        {
            return File.ReadAllText(Yama).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
