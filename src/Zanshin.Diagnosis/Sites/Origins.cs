namespace Zanshin.Diagnosis.Sites;

/// <summary>Tells whose code a module is.</summary>
internal static class Origins
{
    private static readonly HashSet<string> s_ours =
    [
        "Zanshin", "Zanshin.LocalQueue", "Zanshin.LocalQueue.Server", "Zanshin.Diagnosis", "Zanshin.Diagnosis.Hosting", "Zanshin.Tracing", "Zanshin.Testing", "Zanshin.Dashboard",
    ];

    // They have lines too, but what they run is what is asked for.
    private static readonly string[] s_testFrameworks = ["xunit", "nunit", "MSTest", "TUnit", "testhost"];

    public static bool IsTestFramework(string module) => Array.Exists(s_testFrameworks, f => module.StartsWith(f, StringComparison.OrdinalIgnoreCase));

    /// <param name="module">An assembly's name.</param>
    public static Origin Of(string module, Func<bool> hasLines)
    {
        if (module is "System" or "mscorlib" or "netstandard" || module.StartsWith("System.", StringComparison.Ordinal) || module.StartsWith("Microsoft.", StringComparison.Ordinal))
            return Origin.Framework;
        if (s_ours.Contains(module))
            return Origin.Zanshin;
        return !IsTestFramework(module) && hasLines() ? Origin.User : Origin.Library;
    }
}
