using System.Reflection;

namespace Zanshin.Cli.Work.Assemblies;

/// <summary>Finds the handler classes among types, and everything that is wrong with them, in one refusal.</summary>
internal static class HandlerSearch
{
    /// <exception cref="Refusal">There is none, or something is wrong with some.</exception>
    public static IReadOnlyList<FoundHandler> In(IReadOnlyList<Type> types, string file)
    {
        List<string> problems = [];
        List<FoundHandler> found = [];
        foreach (Type type in types.Where(static t => t is { IsClass: true, IsAbstract: false }))
        {
            if (type.GetCustomAttribute<HandlerAttribute>(inherit: true) is { } attribute && Read(type, attribute, problems) is { } handler)
                found.Add(handler);
        }
        if (found.Count == 0 && problems.Count == 0)
        {
            Type? bare = types.FirstOrDefault(static t => t is { IsClass: true, IsAbstract: false } && Bodies(t).Any());
            throw new Refusal(bare is null
                ? $"'{file}' has no handlers: they are classes that implement IHandle<T> and have a [Handler(\"queue\")]."
                : $"'{file}' has no class with a [Handler(\"queue\")]: give one to {bare.Name}, which implements {(Bodies(bare).First().Batch ? "IHandleBatch" : "IHandle")}<T>.");
        }
        foreach (IGrouping<(string Queue, string? Type), (string Class, bool)> twice in Taken(found).GroupBy(static t => t.Key, static t => (t.Class, true)).Where(static g => g.Count() > 1))
        {
            string classes = string.Join(" and ", twice.Select(static t => t.Class));
            problems.Add($"{classes} both handle {(twice.Key.Type is { } type ? $"the type '{type}'" : "what no other handler takes")} of {(twice.Key.Queue.Length == 0 ? "every queue" : $"queue '{twice.Key.Queue}'")}: keep one, or give them types ([Handler(\"queue\", Type = \"...\")]).");
        }
        return problems.Count switch
        {
            0 => found,
            1 => throw new Refusal($"in '{file}', {problems[0]}"),
            _ => throw new Refusal($"in '{file}', {problems.Count} things are wrong:\n- {string.Join("\n- ", problems)}"),
        };
    }

    private static FoundHandler? Read(Type type, HandlerAttribute attribute, List<string> problems)
    {
        (Type Body, bool Batch)[] bodies = [.. Bodies(type)];
        string? problem = bodies.Length switch
        {
            _ when type.ContainsGenericParameters => $"{type.Name} is generic: a handler is a class that can be made as it is.",
            0 => $"{type.Name} has a [Handler] and implements none of IHandle<T>, IHandleDone<T> and IHandleBatch<T>.",
            > 1 => $"{type.Name} handles {bodies.Length} types of bodies ({string.Join(", ", bodies.Select(static b => b.Body.Name))}): make it a class for each.",
            _ when type.GetConstructors().Length == 0 => $"{type.Name} has no public constructor: give it one, for its services.",
            _ => null,
        };
        if (problem is null)
            return new FoundHandler(type, attribute, bodies[0].Body, bodies[0].Batch);
        problems.Add(problem);
        return null;
    }

    private static IEnumerable<(Type Body, bool Batch)> Bodies(Type type) => type.GetInterfaces()
        .Where(static i => i.IsGenericType && i.GetGenericTypeDefinition() is var of && (of == typeof(IHandle<>) || of == typeof(IHandleBatch<>)))
        .Select(static i => (i.GetGenericArguments()[0], i.GetGenericTypeDefinition() == typeof(IHandleBatch<>)));

    private static IEnumerable<((string Queue, string? Type) Key, string Class)> Taken(List<FoundHandler> found) =>
        from handler in found
        from queue in handler.Attribute.Queues.DefaultIfEmpty("")
        from type in handler.Attribute.Aliases.Prepend(handler.Attribute.Type).Distinct()
        select ((WorkedQueue.KeyOf(queue), type), handler.Class.Name);
}
