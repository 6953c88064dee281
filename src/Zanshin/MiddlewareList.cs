using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Zanshin.Pipeline;

namespace Zanshin;

/// <summary>
/// Middleware in its order, the first outermost. A queue's list begins with what the worker's has, and a handler's with what its queue's has, in
/// whatever order they are set up: each list holds its own changes, and they are made one after the other at the host's start. There an
/// insert or a replacement whose place does not exist is found too. A type is in a list once: added again, it stays where it is. To be changed
/// while the worker is set up only; not thread-safe.
/// </summary>
public sealed class MiddlewareList<TMiddleware>
    where TMiddleware : class
{
    private readonly IServiceCollection _services;
    private readonly string _name;
    private readonly MiddlewareList<TMiddleware>? _parent;
    private readonly List<Action<List<Entry>, List<string>>> _changes = [];
    private readonly List<string> _added = [];

    internal MiddlewareList(IServiceCollection services, string name, MiddlewareList<TMiddleware>? parent = null) =>
        (_services, _name, _parent) = (services, name, parent);

    /// <summary>The types as they stand by now, in their order.</summary>
    public IReadOnlyList<Type> Types => [.. Entries([]).Select(static e => e.Type)];

    internal IEnumerable<Layer<TMiddleware>> Layers => Entries([]).Select(static e => e.Layer);

    /// <summary>What is wrong with this list's own changes.</summary>
    internal List<string> Problems
    {
        get
        {
            List<string> problems = [];
            Entries(problems);
            return problems;
        }
    }

    /// <summary>The names of what this list adds to its parent's.</summary>
    internal IReadOnlyList<string> Added => _added;

    /// <summary>Whether it is in the list by now.</summary>
    public bool Contains<TExisting>()
        where TExisting : TMiddleware => Types.Contains(typeof(TExisting));

    /// <summary>As the innermost. Resolved from the message's DI scope for every run; registered scoped unless it is already.</summary>
    public MiddlewareList<TMiddleware> Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TNew : class, TMiddleware
    {
        Entry entry = Resolved<TNew>();
        return Change((list, _) =>
        {
            if (!list.Exists(static e => e.Type == typeof(TNew)))
                list.Add(entry);
        });
    }

    /// <summary>As the innermost: one instance for all messages, so it must be thread-safe. Several of one type may be added.</summary>
    public MiddlewareList<TMiddleware> Add(TMiddleware middleware)
    {
        Entry entry = Instance(middleware);
        return Change((list, _) => list.Add(entry));
    }

    /// <summary>As the innermost, made by a function of the message's services for every run. Several of one type may be added.</summary>
    public MiddlewareList<TMiddleware> Add<TNew>(Func<IServiceProvider, TNew> make)
        where TNew : class, TMiddleware
    {
        ArgumentNullException.ThrowIfNull(make);
        Entry entry = Made(make);
        return Change((list, _) => list.Add(entry));
    }

    /// <summary>As the outermost, also where it is in the list already: it moves.</summary>
    public MiddlewareList<TMiddleware> AddFirst<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TNew : class, TMiddleware
    {
        Entry entry = Resolved<TNew>();
        return Change((list, _) =>
        {
            list.RemoveAll(static e => e.Type == typeof(TNew));
            list.Insert(0, entry);
        });
    }

    /// <summary>Directly around <typeparamref name="TExisting"/>, also where it is in the list already: it moves.</summary>
    public MiddlewareList<TMiddleware> InsertBefore<TExisting, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TExisting : TMiddleware
        where TNew : class, TMiddleware => Insert<TExisting>(Resolved<TNew>(), 0, moves: true);

    /// <summary>Directly around <typeparamref name="TExisting"/>: one instance for all messages, so it must be thread-safe.</summary>
    public MiddlewareList<TMiddleware> InsertBefore<TExisting>(TMiddleware middleware)
        where TExisting : TMiddleware => Insert<TExisting>(Instance(middleware), 0, moves: false);

    /// <summary>Directly inside of <typeparamref name="TExisting"/>, also where it is in the list already: it moves.</summary>
    public MiddlewareList<TMiddleware> InsertAfter<TExisting, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TExisting : TMiddleware
        where TNew : class, TMiddleware => Insert<TExisting>(Resolved<TNew>(), 1, moves: true);

    /// <summary>Directly inside of <typeparamref name="TExisting"/>: one instance for all messages, so it must be thread-safe.</summary>
    public MiddlewareList<TMiddleware> InsertAfter<TExisting>(TMiddleware middleware)
        where TExisting : TMiddleware => Insert<TExisting>(Instance(middleware), 1, moves: false);

    /// <summary>In the place of <typeparamref name="TExisting"/>, also where it is in the list already: it moves.</summary>
    public MiddlewareList<TMiddleware> Replace<TExisting, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TExisting : TMiddleware
        where TNew : class, TMiddleware => Replace<TExisting>(Resolved<TNew>(), moves: true);

    /// <summary>In the place of <typeparamref name="TExisting"/>: one instance for all messages, so it must be thread-safe.</summary>
    public MiddlewareList<TMiddleware> Replace<TExisting>(TMiddleware middleware)
        where TExisting : TMiddleware => Replace<TExisting>(Instance(middleware), moves: false);

    /// <summary>Takes it out, from here inwards: a worker's stays in other queues. Nothing happens where it is not in the list.</summary>
    public MiddlewareList<TMiddleware> Remove<TExisting>()
        where TExisting : TMiddleware => Change(static (list, _) => list.RemoveAll(static e => e.Type == typeof(TExisting)));

    /// <summary>Takes out all that is there by now, also what comes from the worker or the queue.</summary>
    public MiddlewareList<TMiddleware> Clear() => Change(static (list, _) => list.Clear());

    private MiddlewareList<TMiddleware> Insert<TExisting>(Entry entry, int after, bool moves) => Change((list, problems) =>
    {
        if (typeof(TExisting) != entry.Type && moves)
            list.RemoveAll(e => e.Type == entry.Type);
        int at = list.FindIndex(static e => e.Type == typeof(TExisting));
        if (at < 0)
            problems.Add($"{typeof(TExisting).Name} is not in {_name}: {entry.Layer.Name} cannot be put {(after == 0 ? "before" : "after")} it. Add {typeof(TExisting).Name} first, or add {entry.Layer.Name} by itself.");
        else if (!moves || typeof(TExisting) != entry.Type)
            list.Insert(at + after, entry);
    });

    private MiddlewareList<TMiddleware> Replace<TExisting>(Entry entry, bool moves) => Change((list, problems) =>
    {
        if (typeof(TExisting) != entry.Type && moves)
            list.RemoveAll(e => e.Type == entry.Type);
        int at = list.FindIndex(static e => e.Type == typeof(TExisting));
        if (at < 0)
            problems.Add($"{typeof(TExisting).Name} is not in {_name}: {entry.Layer.Name} cannot take its place. Add {entry.Layer.Name} by itself.");
        else
            list[at] = entry;
    });

    private MiddlewareList<TMiddleware> Change(Action<List<Entry>, List<string>> change)
    {
        _changes.Add(change);
        return this;
    }

    private Entry Resolved<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TNew : class, TMiddleware
    {
        _services.TryAddScoped<TNew>();
        return Noted(typeof(TNew), typeof(TNew).Name, static services => services.GetRequiredService<TNew>());
    }

    private Entry Instance(TMiddleware middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        return Noted(middleware.GetType(), middleware is INamed named ? named.Name : middleware.GetType().Name, _ => middleware);
    }

    private Entry Made<TNew>(Func<IServiceProvider, TNew> make)
        where TNew : class, TMiddleware =>
        Noted(typeof(TNew), typeof(TNew).Name, services => make(services) ?? throw new InvalidOperationException($"The function that makes {typeof(TNew).Name} gave null."));

    private Entry Noted(Type type, string name, Func<IServiceProvider, TMiddleware> resolve)
    {
        _added.Add(name);
        return new Entry(type, new Layer<TMiddleware>(name, resolve));
    }

    // A parent tells of its own mistakes itself.
    private List<Entry> Entries(List<string> problems)
    {
        List<Entry> list = _parent?.Entries([]) ?? [];
        foreach (Action<List<Entry>, List<string>> change in _changes)
            change(list, problems);
        return list;
    }

    private readonly record struct Entry(Type Type, Layer<TMiddleware> Layer);
}
