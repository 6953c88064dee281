using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Zanshin.Cli.Work.Assemblies;

/// <summary>The handler classes of an assembly, with its services.</summary>
internal sealed class AssemblySource : HandlerSource
{
    private readonly string _file;
    private readonly IReadOnlyList<FoundHandler> _handlers;
    private readonly WorkerStartup _startup;

    /// <exception cref="Refusal">It cannot be loaded, or has no handlers, or something is wrong with them.</exception>
    public AssemblySource(string file)
    {
        _file = file;
        IReadOnlyList<Type> types = HandlerAssembly.Types(file);
        _handlers = HandlerSearch.In(types, file);
        _startup = new WorkerStartup(types);
    }

    public override IReadOnlyList<string> Queues => [.. _handlers.SelectMany(static h => h.Attribute.Queues).DistinctBy(WorkedQueue.KeyOf)];

    public override void Prepare(HostApplicationBuilder host) => _startup.ConfigureServices(host.Services, host.Configuration);

    public override void Configure(ZanshinBuilder worker) => _startup.Configure(worker);

    public override void Handle(QueueBuilder queue)
    {
        FoundHandler[] taking = [.. _handlers.Where(h => h.Takes(queue.Name))];
        if (taking.Length == 0)
            throw new Refusal($"no handler in '{_file}' is for the queue '{queue.Name}': it has handlers for {string.Join(", ", Queues)}.");
        foreach (FoundHandler handler in taking)
        {
            typeof(AssemblySource).GetMethod(handler.Batch ? nameof(AddBatch) : nameof(AddSingle), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(handler.Body, handler.Class)
                .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [queue], null);
        }
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // The class's attribute says the rest.
    private static void AddSingle<T, THandler>(QueueBuilder queue)
        where THandler : class, IHandle<T> => queue.Handle<T, THandler>(new ServicesBody<T>());

    private static void AddBatch<T, THandler>(QueueBuilder queue)
        where THandler : class, IHandleBatch<T> => queue.HandleBatch<T, THandler>(new ServicesBody<T>());
}
