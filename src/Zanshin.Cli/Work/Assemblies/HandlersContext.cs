using System.Reflection;
using System.Runtime.Loader;

namespace Zanshin.Cli.Work.Assemblies;

/// <summary>
/// Where an assembly of handlers and its dependencies are loaded: from beside it, except what it shares with the worker (Zanshin, the AWS SDK's
/// SQS client, Microsoft.Extensions), of which there must be one only.
/// </summary>
internal sealed class HandlersContext(string file) : AssemblyLoadContext($"handlers of {file}")
{
    private readonly AssemblyDependencyResolver _resolver = new(file);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (IsShared(assemblyName.Name!) && TryShared(assemblyName) is { } shared)
            return shared;
        return _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    private static bool IsShared(string name) =>
        name is "Zanshin" or "AWSSDK.Core" or "AWSSDK.SQS"
        || name.StartsWith("Zanshin.", StringComparison.Ordinal)
        || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal);

    // What the tool does not have is the handlers' own.
    private static Assembly? TryShared(AssemblyName name)
    {
        try
        {
            return Default.LoadFromAssemblyName(name);
        }
        catch (Exception exception) when (exception is FileNotFoundException or FileLoadException)
        {
            return null;
        }
    }
}
