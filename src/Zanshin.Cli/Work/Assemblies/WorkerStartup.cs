using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Cli.Work.Assemblies;

/// <summary>
/// What an assembly of handlers does at start: a static class <c>WorkerStartup</c>, in any namespace, with <c>ConfigureServices</c> or
/// <c>Configure</c> or both. May be missing.
/// </summary>
internal sealed class WorkerStartup
{
    private const string Name = nameof(WorkerStartup);
    private const string ServicesName = "ConfigureServices";
    private const string WorkerName = "Configure";
    private const string Shapes = $"public static void {ServicesName}(IServiceCollection services, IConfiguration configuration), without the second where it needs none, and public static void {WorkerName}(ZanshinBuilder z)";

    private readonly MethodInfo? _services;
    private readonly MethodInfo? _worker;

    /// <exception cref="Refusal">There are two, or one that is not as it should be.</exception>
    public WorkerStartup(IReadOnlyList<Type> types)
    {
        Type[] all = [.. types.Where(static t => t.Name == Name)];
        if (all.Length > 1)
            throw new Refusal($"there are {all.Length} classes {Name} ({string.Join(", ", all.Select(static t => t.FullName))}): keep one.");
        if (all is not [Type only])
            return;
        _services = Find(only, ServicesName, [typeof(IServiceCollection), typeof(IConfiguration)], [typeof(IServiceCollection)]);
        _worker = Find(only, WorkerName, [typeof(ZanshinBuilder)]);
        if (_services is null && _worker is null)
            throw new Refusal($"{only.FullName} does nothing: it may have {Shapes}.");
    }

    public void ConfigureServices(IServiceCollection services, IConfiguration configuration) =>
        Call(_services, _services?.GetParameters().Length == 1 ? [services] : [services, configuration]);

    public void Configure(ZanshinBuilder worker) => Call(_worker, [worker]);

    private static MethodInfo? Find(Type type, string name, params Type[][] shapes)
    {
        MethodInfo[] named = [.. type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance).Where(m => m.Name == name)];
        if (named.Length == 0)
            return null;
        return named is [{ IsPublic: true, IsStatic: true } only] && only.ReturnType == typeof(void)
            && Array.Exists(shapes, shape => shape.SequenceEqual(only.GetParameters().Select(static p => p.ParameterType)))
            ? only
            : throw new Refusal($"{type.FullName}.{name} is not what is called: it may have {Shapes}.");
    }

    private static void Call(MethodInfo? method, object[] arguments)
    {
        try
        {
            method?.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        }
        catch (Exception exception) when (exception is not Refusal)
        {
            throw new Refusal($"{method!.DeclaringType!.FullName}.{method.Name} failed: {exception.GetType().Name}: {exception.Message}", exception);
        }
    }
}
