using System.Reflection;
using System.Runtime.Versioning;

namespace Zanshin.Cli.Work.Assemblies;

/// <summary>Loads an assembly of handlers, or says in a sentence why it cannot be.</summary>
internal static class HandlerAssembly
{
    /// <exception cref="Refusal">It is not there, no .NET assembly, for another runtime or another Zanshin, or what it needs is not there.</exception>
    public static IReadOnlyList<Type> Types(string file)
    {
        if (Directory.Exists(file))
            throw new Refusal($"'{file}' is a directory: give the assembly in it, like {Path.Combine(file, "Handlers.dll")}.");
        if (!File.Exists(file))
            throw new Refusal($"there is no assembly '{file}': build it first, or correct the path.");
        string path = Path.GetFullPath(file);
        try
        {
            Assembly assembly = new HandlersContext(path).LoadFromAssemblyPath(path);
            CheckReferences(assembly, file);
            return assembly.GetTypes();
        }
        catch (BadImageFormatException exception)
        {
            string? beside = Path.ChangeExtension(path, ".dll");
            throw new Refusal(
                $"'{file}' is no .NET assembly: give a .dll that .NET has built{(beside != path && File.Exists(beside) ? $", as {Path.ChangeExtension(file, ".dll")} beside it" : "")}.", exception);
        }
        catch (ReflectionTypeLoadException exception)
        {
            throw new Refusal($"'{file}' cannot be loaded: {exception.LoaderExceptions.FirstOrDefault()?.Message ?? exception.Message} Publish it (dotnet publish), so that what it needs is beside it.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new Refusal($"'{file}' cannot be loaded: {exception.Message}", exception);
        }
    }

    private static void CheckReferences(Assembly assembly, string file)
    {
        if (assembly.GetCustomAttribute<TargetFrameworkAttribute>()?.FrameworkName is { } name)
        {
            var framework = new FrameworkName(name);
            if (framework.Identifier is not (".NETCoreApp" or ".NETStandard"))
                throw new Refusal($"'{file}' is built for {framework.Identifier} {framework.Version}: build it for net{Environment.Version.Major}.0.");
            if (framework.Identifier == ".NETCoreApp" && framework.Version.Major > Environment.Version.Major)
                throw new Refusal($"'{file}' is built for .NET {framework.Version}, and this is .NET {Environment.Version}: install the newer runtime and a tool for it, or build for net{Environment.Version.Major}.0.");
        }
        AssemblyName own = typeof(HandlerAttribute).Assembly.GetName();
        AssemblyName used = Array.Find(assembly.GetReferencedAssemblies(), a => a.Name == own.Name)
            ?? throw new Refusal($"'{file}' does not use {own.Name}: its handlers are classes that implement IHandle<T> and have a [Handler(\"queue\")].");
        if (used.Version is { } wanted && (wanted.Major != own.Version!.Major || wanted > own.Version))
            throw new Refusal($"'{file}' is built with {own.Name} {wanted.ToString(3)}, and this tool is {own.Version.ToString(3)}: use the same version of both.");
    }
}
