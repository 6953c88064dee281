namespace Zanshin.Map.Tests;

/// <summary>The built assemblies, as files.</summary>
internal static class Built
{
    public static string Path(string project)
    {
        // artifacts/bin/Zanshin.Map.Tests/debug -> artifacts/bin/PROJECT/debug
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar));
        return System.IO.Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, $"{project}.dll");
    }
}
