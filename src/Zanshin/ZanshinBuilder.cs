using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Sending;

namespace Zanshin;

/// <summary>A worker: its queues, middleware and routes. Mistakes are found at the host's start, all at once.</summary>
public sealed partial class ZanshinBuilder
{
    private ZanshinOptions? _coded;

    internal ZanshinBuilder(IServiceCollection services) => Services = services;

    public IServiceCollection Services { get; }

    public ZanshinOptions Options { get; private set; } = new();

    /// <summary>The options as code set them: the configuration is read on top of these.</summary>
    internal ZanshinOptions Coded => _coded ??= Options.Copy();

    /// <inheritdoc cref="ZanshinOptions.Concurrency"/>
    public int Concurrency
    {
        get => Options.Concurrency;
        set => Options.Concurrency = value;
    }

    /// <inheritdoc cref="ZanshinOptions.TypeAttribute"/>
    public string TypeAttribute
    {
        get => Options.TypeAttribute;
        set => Options.TypeAttribute = value;
    }

    /// <inheritdoc cref="ZanshinOptions.Endpoint"/>
    public string? Endpoint
    {
        get => Options.Endpoint;
        set => Options.Endpoint = value;
    }

    internal List<QueueBuilder> Queues { get; } = [];

    internal List<Route> Routes { get; } = [];

    internal IEnumerable<string> RoutedQueues => Routes.Select(static r => r.Queue);

    /// <summary>Works a queue. Called again with the same name, it goes on where it was.</summary>
    /// <param name="name">Its name, URL or ARN; of any region, account and partition.</param>
    public ZanshinBuilder Queue(string name, Action<QueueBuilder> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        QueueBuilder? queue = Queues.Find(q => q.Name == name);
        if (queue is null)
            Queues.Add(queue = new QueueBuilder(name, this));
        configure(queue);
        return this;
    }

    /// <summary>Where <see cref="ISender"/> sends a <typeparamref name="T"/>, and under which type name.</summary>
    /// <param name="queue">The queue's name, URL or ARN.</param>
    /// <param name="type">The type name that the handler on the other side has; null for none.</param>
    public ZanshinBuilder Route<T>(string queue, string? type, BodyReader<T> body)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(queue);
        ArgumentNullException.ThrowIfNull(body);
        Routes.Add(new Route<T>(queue, type, body, null));
        return this;
    }

    /// <inheritdoc cref="Route{T}(string, string?, BodyReader{T})"/>
    /// <param name="body">How the body is written.</param>
    public ZanshinBuilder Route<T>(string queue, string? type, JsonTypeInfo<T> body) => Route(queue, type, Body.Json(body));

    /// <summary>False in tests, whose queues no crash has left: what is there comes with the first receive.</summary>
    internal bool StartsWary { get; set; } = true;
}
