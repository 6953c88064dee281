namespace Zanshin.Cli.Work.Assemblies;

/// <summary>A handler class of an assembly.</summary>
/// <param name="Body">What it handles: the T of its IHandle or IHandleBatch.</param>
internal sealed record FoundHandler(Type Class, HandlerAttribute Attribute, Type Body, bool Batch)
{
    /// <summary>A class that names no queue takes those that are worked: their names are the deployment's.</summary>
    public bool Takes(string queue) => Attribute.Queues.Length == 0 || Attribute.Queues.Any(q => WorkedQueue.KeyOf(q) == WorkedQueue.KeyOf(queue));
}
