using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Zanshin.Pipeline;

namespace Zanshin;

/// <summary>
/// Middleware in its order: the first is outermost. Each is registered scoped unless it is already. To be changed while the worker is set up
/// only; a name that is not in the list is found at the host's start.
/// </summary>
public sealed class MiddlewareList<TMiddleware>
    where TMiddleware : class
{
    private readonly IServiceCollection _services;
    private readonly string _name;
    private readonly List<(Type Type, Layer<TMiddleware> Layer)> _entries = [];

    internal MiddlewareList(IServiceCollection services, string name) => (_services, _name) = (services, name);

    /// <summary>The types, in their order.</summary>
    public IReadOnlyList<Type> Types => [.. _entries.Select(static e => e.Type)];

    internal IEnumerable<Layer<TMiddleware>> Layers => _entries.Select(static e => e.Layer);

    internal List<string> Problems { get; } = [];

    /// <summary>As the innermost.</summary>
    public MiddlewareList<TMiddleware> Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TNew : class, TMiddleware
    {
        _entries.Add(Entry<TNew>());
        return this;
    }

    /// <summary>Directly around <typeparamref name="TExisting"/>.</summary>
    public MiddlewareList<TMiddleware> InsertBefore<TExisting, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TExisting : TMiddleware
        where TNew : class, TMiddleware
    {
        if (Find<TExisting>($"insert {typeof(TNew).Name} before it") is { } at)
            _entries.Insert(at, Entry<TNew>());
        return this;
    }

    /// <summary>Directly inside of <typeparamref name="TExisting"/>.</summary>
    public MiddlewareList<TMiddleware> InsertAfter<TExisting, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TExisting : TMiddleware
        where TNew : class, TMiddleware
    {
        if (Find<TExisting>($"insert {typeof(TNew).Name} after it") is { } at)
            _entries.Insert(at + 1, Entry<TNew>());
        return this;
    }

    /// <summary>In the place of <typeparamref name="TExisting"/>.</summary>
    public MiddlewareList<TMiddleware> Replace<TExisting, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TExisting : TMiddleware
        where TNew : class, TMiddleware
    {
        if (Find<TExisting>($"put {typeof(TNew).Name} in its place") is { } at)
            _entries[at] = Entry<TNew>();
        return this;
    }

    /// <summary>Nothing happens where it is not in the list.</summary>
    public MiddlewareList<TMiddleware> Remove<TExisting>()
        where TExisting : TMiddleware
    {
        _entries.RemoveAll(static e => e.Type == typeof(TExisting));
        return this;
    }

    public MiddlewareList<TMiddleware> Clear()
    {
        _entries.Clear();
        return this;
    }

    private (Type Type, Layer<TMiddleware> Layer) Entry<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TNew>()
        where TNew : class, TMiddleware
    {
        _services.TryAddScoped<TNew>();
        return (typeof(TNew), new(typeof(TNew).Name, static services => services.GetRequiredService<TNew>()));
    }

    private int? Find<TExisting>(string what)
    {
        int at = _entries.FindIndex(static e => e.Type == typeof(TExisting));
        if (at >= 0)
            return at;
        Problems.Add($"{typeof(TExisting).Name} is not among the {_name}: to {what}, add it first.");
        return null;
    }
}
